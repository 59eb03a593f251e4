"""What the ledger tells of a commit is what the job read and wrote, told by the log alone."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tenacity import stop_after_delay

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import build, commits, cpu, measures, ops, storage, write
from spark_jobs.bronze import build as bronze
from spark_jobs.halt import Halt
from spark_jobs.ledger import entries
from spark_jobs.ledger.log import Log
from spark_jobs.quarantine import replay
from spark_jobs.raw import files
from tests.spark_jobs.landed import land
from tests.spark_jobs.quarantined import Asks, at_most, reading

METRICS, READINGS, WINDOWS = map(
    contract, ("wearables/health_metrics", "wearables/heart_rate_readings", "health/heart_rate_1m")
)
MONDAY = date(2025, 3, 24)
SUNDAY, TUESDAY = date(2025, 3, 23), date(2025, 3, 25)
COUNTS = ("rows_in", "rows_out", "rows_quarantined", "rows_replaced")


def ledger(of: Contract, zone: Zone) -> list[entries.Rows]:
    return list(entries.rows(of, zone, list(Log(tables.path(of, zone)).entries(0))))


def counts(of: entries.Rows) -> tuple[int | None, ...]:
    return tuple(of.batch[name] for name in COUNTS)


def told(of: entries.Rows) -> list[dict]:
    """The inputs, without what they do not tell."""
    keys = ("table_name", "batch", "ordinal")
    return [{n: v for n, v in one.items() if v is not None and n not in keys} for one in of.inputs]


@pytest.fixture
def measured(spark: SparkSession, lake: Path, table) -> None:
    """Two bronze batches: three readings on Monday, one of them sent twice; then one more on Tuesday."""
    for day, offsets in (("24", (0, 1, 2, 3)), ("25", (9,))):
        commit = commits.progress(METRICS, Zone.BRONZE).plan({})
        rows = [
            {
                "_batch": commit.batch, "_offset": offset, "_event_date": f"2025-03-{day}", "event_id": f"e{offset}",
                "device_id": "watch", "metric_type": "heart_rate", "value": 60, "unit": "bpm",
                "measured_at": f"2025-03-{day} 10:0{max(offset, 1)}:00", "measured_offset_minutes": 0,
            }
            for offset in offsets
        ]  # fmt: skip
        write.append(table(METRICS.address, Zone.BRONZE, rows), METRICS, Zone.BRONZE, commit)


def test_a_file_is_named_with_its_lines_size_and_hash(spark: SparkSession, own_datasets: None, tmp_path: Path) -> None:
    lines = contract("tests/lines")
    log = tmp_path / "inbox" / lines.address / "api.log"
    log.parent.mkdir(parents=True)
    log.write_text("2025-03-24T07:00:00Z INFO api one\n\n2025-03-24T07:00:01Z INFO api two\n")
    files.land(spark, lines)
    (landed,) = ledger(lines, Zone.RAW)
    told_of_it = {"row_count": 2, "size_bytes": log.stat().st_size}
    sha256 = hashlib.sha256(log.read_bytes()).hexdigest()
    assert told(landed) == [{"kind": "file", "name": str(log), "checksum": sha256, **told_of_it}]
    assert (landed.batch["operation"], landed.batch["state"], *counts(landed)) == ("append", "committed", 2, 2, 0, 0)
    assert landed.batch["code_version"].startswith("0.") and landed.batch["seconds"] > 0


def test_a_build_names_versions_and_batches_and_a_rebuild_takes_nothing_new(
    spark: SparkSession, measured: None
) -> None:
    with measures.noted(spark) as written:
        build.build_dates(spark, READINGS, Zone.SILVER, None)
        build.build_dates(spark, READINGS, Zone.SILVER, (MONDAY, MONDAY))
    assert [one.measured["duplicates"] for one in written] == [1, 1]
    first, again = ledger(READINGS, Zone.SILVER)
    metrics = {"kind": "table", "name": "wearables/health_metrics@bronze", "version": 2, "row_count": 5}
    nothing = [{"kind": "table", "name": f"app_db/{name}@silver", "row_count": 0} for name in ("devices", "users")]
    assert told(first) == [{**metrics, "first_batch": 1, "last_batch": 2}, *nothing]
    assert told(again) == [metrics, *nothing]
    assert (counts(first), counts(again)) == ((5, 4, 0, 0), (5, 3, 0, 3))
    days = [(row["partition_date"], row["rows_out"]) for row in first.partitions]
    assert days == [(SUNDAY, 0), (MONDAY, 3), (TUESDAY, 1), (date(2025, 3, 26), 0)]
    assert (first.batch["first_date"], first.batch["last_date"]) == (SUNDAY, date(2025, 3, 26))
    assert sum(row["size_bytes"] for row in first.partitions) == first.batch["size_bytes"] > 0

    build.build_dates(spark, WINDOWS, Zone.GOLD, None)
    (gold,) = ledger(WINDOWS, Zone.GOLD)
    readings = {"kind": "table", "name": "wearables/heart_rate_readings@silver", "version": 2, "row_count": 4}
    assert told(gold) == [{**readings, "first_batch": 1, "last_batch": 2}]
    assert (gold.batch["operation"], gold.batch["edition"]) == ("replace_dates", None)


def test_a_table_that_is_overwritten_tells_how_many_rows_went(spark: SparkSession, lake: Path, table) -> None:
    users = contract("app_db/users")
    for names in (("anna", "ben"), ("anna", "ben", "cleo")):
        rows = [{"user_id": name, "valid_from": "1970-01-01 00:00:00"} for name in names]
        commit = commits.progress(users, Zone.SILVER).plan({})
        write.replace_all(table(users.address, Zone.SILVER, rows), users, Zone.SILVER, commit)
    assert [counts(one) for one in ledger(users, Zone.SILVER)] == [(None, 2, 0, 0), (None, 3, 0, 2)]


def test_what_went_is_unknown_where_the_log_no_longer_reaches_back(spark: SparkSession, lake: Path, table) -> None:
    users = contract("app_db/users")
    for _ in range(2):
        commit = commits.progress(users, Zone.SILVER).plan({})
        rows = [{"user_id": "anna", "valid_from": "1970-01-01 00:00:00"}]
        write.replace_all(table(users.address, Zone.SILVER, rows), users, Zone.SILVER, commit)
    log = Path(tables.path(users, Zone.SILVER).removeprefix("file:")) / "_delta_log"
    for version in (0, 1):
        (log / f"{version:020}.json").unlink()
    newest = list(entries.rows(users, Zone.SILVER, list(Log(tables.path(users, Zone.SILVER)).entries(2))))
    assert [counts(one) for one in newest] == [(None, 1, 0, None)]


def test_bronze_tells_of_late_rows_and_a_replay_of_the_batches_it_judged_again(
    spark: SparkSession, own_datasets: None, asks: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy server hears late that a job has ended.
    monkeypatch.setattr(cpu._jobs.retry, "stop", stop_after_delay(30))
    readings = contract("tests/readings")
    asks(readings, at_most("value", 100))
    land(spark, readings, [reading(1, 60), reading(2, 500), reading(3, 60, sent_at="2025-03-24T09:00:00Z")])
    with measures.noted(spark):
        bronze.build(spark, readings)
    land(spark, readings, [reading(4, 70)], start=3)
    asks(readings)
    replay.replay(spark, readings)
    typed, replayed = ledger(readings, Zone.BRONZE)
    noted = storage.dataset(storage.open_table(ops.path(measures.TABLE)), ops.path(measures.TABLE)).to_table()
    kept = [(row["run"], row["late"], row["duplicates"], 0 < row["cpu_seconds"] < 60) for row in noted.to_pylist()]
    assert kept == [(typed.batch["run"], 1, None, True)]
    raw = {"kind": "table", "name": "tests/readings@raw"}
    assert told(typed) == [{**raw, "version": 1, "first_batch": 1, "last_batch": 1, "row_count": 3}]
    assert told(replayed) == [{**raw, "version": 2, "first_batch": 1, "last_batch": 1, "row_count": 1}]
    assert (counts(typed), counts(replayed)) == ((3, 2, 1, 0), (1, 1, 0, 0))
    assert (typed.batch["operation"], replayed.batch["operation"]) == ("append", "replay")
    assert typed.batch["edition"] != replayed.batch["edition"]


def test_dates_of_a_history_are_no_partitions(spark: SparkSession, lake: Path, table) -> None:
    users = contract("app_db/users")
    commit = commits.progress(users, Zone.BRONZE).plan({})
    rows = [{"_batch": commit.batch, "_logged_at": "2025-03-24", "_event_date": "2025-03-24", "user_id": "ann"}]
    write.append(table(users.address, Zone.BRONZE, rows), users, Zone.BRONZE, commit)
    build.build_history(spark, users)
    (row,) = ledger(users, Zone.SILVER)
    assert told(row) == [
        {
            "kind": "table", "name": "app_db/users@bronze", "version": 1, "row_count": 1,
            "first_batch": 1, "last_batch": 1,
        }
    ]  # fmt: skip
    assert [one["partition_date"] for one in row.partitions] == [None]
    assert (row.batch["operation"], *counts(row)) == ("replace_all", 1, 1, 0, 0)


def test_a_file_that_does_not_tell_how_many_rows_it_has_is_named(spark: SparkSession, lake: Path, table) -> None:
    rows = table(METRICS.address, Zone.BRONZE, [{"_batch": 1, "_event_date": "2025-03-24", "event_id": "e1"}])
    spark.conf.set("spark.databricks.delta.stats.collect", "false")
    try:
        write.append(rows, METRICS, Zone.BRONZE, commits.progress(METRICS, Zone.BRONZE).plan({}))
    finally:
        spark.conf.unset("spark.databricks.delta.stats.collect")
    with pytest.raises(Halt, match=r"wearables/health_metrics@bronze, version \d+: \S+\.parquet has no row count"):
        ledger(METRICS, Zone.BRONZE)
