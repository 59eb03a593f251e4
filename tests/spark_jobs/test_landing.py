"""Kafka and the database land exactly once, whatever dies in between."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout.contracts import Contract, Drift, Zone, contract
from lake_layout.profile import profile
from spark_jobs import commits, read, session
from spark_jobs.bronze import run as bronze
from spark_jobs.halt import Halt
from spark_jobs.ledger import update
from spark_jobs.raw import broker, kafka_log, snapshot
from tests.landing_stack import (
    NOTHING,
    checksum_in_raw,
    delete_topic,
    ensure_topic,
    land,
    ledger_rows,
    offsets,
    produce,
    sql,
    topic,
    warehouse,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]
EVENT = '{"reading_id": "r%d", "measured_at": "2025-03-24T07:15:03Z", "value": 1}'


@pytest.fixture
def members(environment: dict[str, str]) -> Contract:
    sql(
        "DROP TABLE IF EXISTS members",
        "ALTER DATABASE fitness_app SET lake.simulated_now = '2025-03-25T00:00:00Z'",
        "CREATE TABLE members (member_id text, height_cm numeric(5,1), joined_at timestamptz, is_active boolean,"
        " extra uuid)",
        "INSERT INTO members SELECT 'm' || n, 180.5, '2025-03-01T10:00:00+02', true,"
        " '00000000-0000-0000-0000-000000000001' FROM generate_series(1, 10) n",
    )
    return contract("tests/members")


def test_a_topic_lands_once_with_its_positions(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one", "two"], partition=0)
    produce(readings, ["three"], partition=1)
    assert land(connected, readings) == {"batches": 1, "rows": 3}
    assert land(connected, readings) == NOTHING
    produce(readings, ["four"], partition=1)
    assert land(connected, readings) == {"batches": 1, "rows": 1}
    assert offsets(connected, readings) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    newest = commits.newest(readings, Zone.RAW)
    assert newest is not None
    assert newest.inputs[kafka_log.position_name(topic(readings))] == {"0": 2, "1": 2}


def test_a_limit_cuts_a_backlog_into_batches(
    connected: SparkSession, readings: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    produce(readings, ["x"] * 30, partition=0)
    produce(readings, ["x"] * 6, partition=1)
    monkeypatch.setattr(profile().lake, "max_records_per_batch", 12)
    assert land(connected, readings) == {"batches": 3, "rows": 36}
    assert offsets(connected, readings) == [(0, n) for n in range(30)] + [(1, n) for n in range(6)]


def test_positions_are_found_in_the_rows_when_no_commit_has_them(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one", "two"], partition=0)
    land(connected, readings)
    log = Path(profile().lake.root.removeprefix("file:"), "raw/tests/readings/v1/_delta_log")
    for commit in log.glob("*1.json"):
        commit.write_text(commit.read_text().replace('"userMetadata"', '"forgotten"'))
        commit.with_name(f".{commit.name}.crc").unlink()
    produce(readings, ["three"], partition=0)
    assert land(connected, readings)["rows"] == 1
    assert offsets(connected, readings) == [(0, 0), (0, 1), (0, 2)]


def test_a_topic_made_anew_that_outgrew_the_old_one_is_noticed(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one"], partition=0)
    land(connected, readings)
    delete_topic(readings)
    ensure_topic(readings)
    produce(readings, ["other", "another"], partition=0)
    with pytest.raises(Halt, match="the topic was made anew"):
        land(connected, readings)


def test_what_another_run_has_landed_since_is_not_a_log_that_shrank(
    connected: SparkSession, readings: Contract
) -> None:
    produce(readings, ["one"], partition=0)
    _, end = broker.offsets(readings.origin.topic)
    produce(readings, ["two"], partition=0)
    land(connected, readings)
    assert kafka_log.land_batch(connected, readings, end) is None


@pytest.mark.parametrize("job", ["land all tests/readings", "another job"])
def test_a_killed_client_whose_operation_goes_on_leaves_every_offset_once(
    environment: dict[str, str], tmp_path: Path, on_its_own_topic: Callable[[str], Contract], job: str
) -> None:
    readings = on_its_own_topic("tests/readings")
    produce(readings, [EVENT % n for n in range(200_000)])
    command = [sys.executable, "-m", "spark_jobs", "land", "tests/readings"]
    client = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    wait_until(lambda: is_writing(tmp_path))
    assert client.poll() is None, "it had ended before it was killed: the operation needs more rows"
    client.send_signal(signal.SIGKILL)
    client.wait(timeout=30)
    _, end = broker.offsets(readings.origin.topic)
    with session.opened(job) as spark:
        kafka_log.land(spark, readings)
        kafka_log.land(spark, readings)
        found = read.table(spark, readings, Zone.RAW).groupBy("_partition").agg(
            F.count("*").alias("rows"), F.count_distinct("_offset").alias("offsets"), F.max("_offset").alias("last")
        )  # fmt: skip
        counts = {row["_partition"]: (row["rows"], row["offsets"], row["last"] + 1) for row in found.collect()}
    assert counts == {partition: (offset, offset, offset) for partition, offset in end.items()}


def is_writing(folder: Path) -> bool:
    """Whether data files are being written: the operation is between plan and commit."""
    return any(folder.glob("lake/raw/tests/readings/v1/_landed_date=*/*.parquet"))


def wait_until(condition) -> None:
    retry(retry=retry_if_result(lambda is_so: not is_so), stop=stop_after_delay(120), wait=wait_fixed(0.02))(
        condition
    )()


def test_a_plan_that_was_never_written_leaves_no_trace(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one"], partition=0)
    commits.progress(readings, Zone.RAW).plan({"kafka:lost": {"0": 1}})
    assert land(connected, readings) == {"batches": 1, "rows": 1}


def test_a_snapshot_keeps_every_column_and_lands_once_an_instant(connected: SparkSession, members: Contract) -> None:
    assert snapshot.land(connected, [members]) == {members.address: {"batches": 1, "rows": 10}}
    assert snapshot.land(connected, [members]) == {members.address: NOTHING}
    row = read.table(connected, members, Zone.RAW).where("member_id = 'm1'").collect()[0]
    assert (row["height_cm"], row["extra"]) == ("180.5", "00000000-0000-0000-0000-000000000001")
    assert (row["_origin"], row["_batch"]) == ("members@2025-03-25T00:00:00+00:00", 1)


def test_a_database_whose_clock_went_back_lands_nothing_and_says_so(
    connected: SparkSession, members: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot.land(connected, [members])
    sql(next_day(20))
    assert snapshot.land(connected, [members]) == {members.address: NOTHING}
    assert "the last snapshot was taken at 2025-03-25" in capsys.readouterr().out
    sql(next_day(26))
    assert snapshot.land(connected, [members]) == {members.address: {"batches": 1, "rows": 10}}
    assert capsys.readouterr().out == ""


def test_a_snapshot_that_shrank_suddenly_halts(connected: SparkSession, members: Contract) -> None:
    snapshot.land(connected, [members])
    sql("DELETE FROM members WHERE member_id <> 'm1'", next_day(26))
    with pytest.raises(Halt, match="has 1 rows, the last snapshot had 10"):
        snapshot.land(connected, [members])
    sql("DELETE FROM members", next_day(27))
    with pytest.raises(Halt, match="has 0 rows"):
        snapshot.land(connected, [members])


def test_a_column_that_comes_is_kept_and_one_that_goes_rejects_the_batch(
    connected: SparkSession, members: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    from spark_jobs.bronze import build

    snapshot.land(connected, [members])
    sql("ALTER TABLE members ADD COLUMN nickname text", "ALTER TABLE members DROP COLUMN is_active", next_day(26))
    assert snapshot.land(connected, [members]) == {members.address: {"batches": 1, "rows": 10, "drift": 2}}
    told = capsys.readouterr().out
    assert "warning: tests/members: column nickname (string) is new: raw keeps it" in told
    assert "warning: tests/members: column is_active is gone, and the contract knows it" in told
    assert "nickname" in read.table(connected, members, Zone.RAW).columns
    assert build.build(connected, members) == {"raw": 20, "accepted": 10, "rejected": 10}
    rejected = read.table(connected, members, Zone.BRONZE).where("_status = 'rejected'").collect()
    assert {tuple(row["_reasons"]) for row in rejected} == {("missing_column: the table has no is_active",)}


def test_a_column_of_another_type_is_kept_beside_the_old_one_and_typed_by_the_contract(
    connected: SparkSession, members: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    from spark_jobs.bronze import build

    snapshot.land(connected, [members])
    sql("ALTER TABLE members ALTER is_active TYPE text USING CASE WHEN member_id = 'm1' THEN 'maybe' ELSE 'false' END")
    sql(next_day(26))
    assert snapshot.land(connected, [members])[members.address]["drift"] == 1
    assert "column is_active is string now, no longer boolean: raw keeps it as is_active__string" in (
        capsys.readouterr().out
    )
    sql(next_day(27))
    assert snapshot.land(connected, [members]) == {members.address: {"batches": 1, "rows": 10}}
    assert build.build(connected, members) == {"raw": 30, "accepted": 28, "rejected": 2}
    found = read.table(connected, members, Zone.BRONZE).groupBy("is_active").count().collect()
    assert {(row["is_active"], row["count"]) for row in found} == {(True, 10), (False, 18), (None, 2)}


def test_a_contract_may_halt_where_columns_change(connected: SparkSession, members: Contract) -> None:
    origin = members.origin.model_copy(update={"drift": Drift(added="halt")})
    strict = members.model_copy(update={"origin": origin})
    snapshot.land(connected, [strict])
    sql("ALTER TABLE members ADD COLUMN nickname text", next_day(26))
    with pytest.raises(Halt, match=r"column nickname \(string\) is new.*origin.drift.added: keep"):
        snapshot.land(connected, [strict])
    assert snapshot.land(connected, [members])[members.address]["rows"] == 10


def test_the_ledger_names_offsets_and_snapshots_and_is_the_same_after_it_was_dropped(
    connected: SparkSession, readings: Contract, members: Contract
) -> None:
    for values in (["one", "two"], ["three"]):
        produce(readings, values, partition=1)
        land(connected, readings)
    snapshot.land(connected, [members])
    bronze.run([])
    update.update()
    before = ledger_rows()
    name = topic(readings)
    raw, typed = "tests/readings@raw", "tests/readings@bronze"
    assert [row[:9] for row in before["batch_inputs"] if row[0] in (raw, typed)] == [
        (typed, 1, 1, "table", raw, None, None, None, 1),
        (raw, 1, 1, "kafka", name, 1, 0, 1, None),
        (raw, 2, 1, "kafka", name, 1, 2, 2, None),
    ]
    (taken,) = (row for row in before["batch_inputs"] if row[3] == "snapshot")
    assert (taken[4], taken[-3], taken[-1]) == ("members@2025-03-25T00:00:00+00:00", 10, checksum_in_raw(members))
    warehouse("DROP SCHEMA ops CASCADE")
    update.update(rebuild=True)
    assert ledger_rows() == before and len(before["batches"]) == 5


def next_day(day: int) -> str:
    return f"ALTER DATABASE fitness_app SET lake.simulated_now = '2025-03-{day}T00:00:00Z'"
