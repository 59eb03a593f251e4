"""Small files become few, and nothing else changes: rows, progress, what others append meanwhile."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import commits, read, storage
from spark_jobs.bronze import build as bronze
from spark_jobs.halt import Halt
from spark_jobs.ledger.log import Entry, Log
from spark_jobs.maintenance import compact
from spark_jobs.maintenance.compact import MANY, Files
from spark_jobs.verify import zones
from spark_jobs.verify.findings import Verdict
from tests.spark_jobs import landed

MONDAY, TUESDAY = "2025-03-24", "2025-03-25"


@pytest.fixture
def readings(own_datasets: None) -> Contract:
    return contract("tests/readings")


def events(batch: int, day: str = MONDAY) -> list[str]:
    """Two good ones and a bad one, whose bronze is of the day on which it landed."""
    good = [{"reading_id": f"r{batch}-{n}", "measured_at": f"{day}T07:15:03Z", "value": n} for n in range(2)]
    return [*map(json.dumps, good), "no json"]


def land(spark: SparkSession, of: Contract, batches: range, day: str = MONDAY) -> None:
    for batch in batches:
        landed.land(spark, of, events(batch, day), start=3 * batch)
        bronze.build(spark, of)


def rows(frame: DataFrame) -> list[str]:
    return sorted(str(row) for row in frame.collect())


def files(of: Contract, zone: Zone) -> list[str]:
    table = storage.open_table(tables.path(of, zone))
    assert table is not None
    return sorted(table.file_uris())


def compactions(of: Contract, zone: Zone) -> list[Entry]:
    return [one for one in Log(tables.path(of, zone)).entries(0) if one.info["operation"] == "OPTIMIZE"]


def test_crowded_partitions_become_a_file_each_and_all_else_stays(spark: SparkSession, readings: Contract) -> None:
    land(spark, readings, range(MANY))
    land(spark, readings, range(MANY, MANY + 2), TUESDAY)
    before = {zone: rows(read.table(spark, readings, zone)) for zone in readings.zones}
    progress = {zone: commits.progress(readings, zone) for zone in readings.zones}
    alone = [path for path in files(readings, Zone.BRONZE) if TUESDAY in path]
    bronze_uri = tables.path(readings, Zone.BRONZE)
    assert compact.crowded(bronze_uri).files.count == MANY + MANY + 2
    landed_files = len(files(readings, Zone.RAW))
    done = {zone: compact.compact(spark, tables.path(readings, zone)) for zone in readings.zones}
    assert [(one.before.count, one.after.count) for one in done.values()] == [(landed_files, 1), (2 * MANY + 2, 2)]
    # The quarantine of all batches, Monday, and the two files of Tuesday, which are not many.
    assert len(files(readings, Zone.BRONZE)) == 4
    assert [path for path in files(readings, Zone.BRONZE) if TUESDAY in path] == alone
    assert {zone: rows(read.table(spark, readings, zone)) for zone in readings.zones} == before
    assert {zone: commits.progress(readings, zone) for zone in readings.zones} == progress
    _goes_on_as_if_nothing_had_been(spark, readings)


def _goes_on_as_if_nothing_had_been(spark: SparkSession, of: Contract) -> None:
    versions = [storage.open_table(tables.path(of, zone)).version() for zone in of.zones]
    assert [compact.compact(spark, tables.path(of, zone)).before.count for zone in of.zones] == [0, 0]
    assert [storage.open_table(tables.path(of, zone)).version() for zone in of.zones] == versions
    assert bronze.build(spark, of)["raw"] == 0
    landed.land(spark, of, events(MANY + 2), start=3 * (MANY + 2))
    assert bronze.build(spark, of) == {"raw": 3, "accepted": 2, "rejected": 1}
    [found] = zones.check(spark, of)
    assert (found.verdict, found.words) == (Verdict.GOOD, f"{3 * (MANY + 3)} rows, of them {MANY + 3} rejected")


def test_what_lands_and_is_typed_meanwhile_is_there_once(spark: SparkSession, readings: Contract) -> None:
    for batch in range(2 * MANY):
        landed.land(spark, readings, events(batch), start=3 * batch)
    landed_before = 2 * MANY
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(compact.compact, spark, tables.path(readings, Zone.RAW))
        batch = landed_before
        while not working.done():
            land(spark, readings, range(batch, batch + 1))
            batch += 1
        assert working.result().before.count >= landed_before
    [first, *_] = compactions(readings, Zone.RAW)
    # Something came between the look at the table and the commit.
    assert first.info["readVersion"] < first.version - 1
    bronze.build(spark, readings)
    offsets = [row["_offset"] for row in read.table(spark, readings, Zone.BRONZE).select("_offset").collect()]
    assert sorted(offsets) == list(range(3 * batch))
    assert [one.verdict for one in zones.check(spark, readings)] == [Verdict.GOOD]


def test_a_file_that_spark_passes_over_halts_the_run(spark: SparkSession, readings: Contract) -> None:
    for batch in range(MANY):
        landed.land(spark, readings, events(batch), start=3 * batch)
    Path(files(readings, Zone.RAW)[0].removeprefix("file://")).unlink()
    spark.conf.set("spark.sql.files.ignoreMissingFiles", "true")
    try:
        with pytest.raises(Halt, match=rf"made \d+ rows of {3 * MANY}:.*RESTORE.*VERSION AS OF {MANY}$"):
            compact.compact(spark, tables.path(readings, Zone.RAW))
    finally:
        spark.conf.unset("spark.sql.files.ignoreMissingFiles")


def test_a_table_that_is_not_there_is_not_crowded(own_lake: None) -> None:
    found = compact.crowded(tables.path(contract("health/hourly_steps"), Zone.GOLD))
    assert found == compact.Crowded((), Files())


@pytest.mark.parametrize("large", [0, 3])
def test_large_files_are_left_alone(large: int, monkeypatch: pytest.MonkeyPatch, own_lake: None) -> None:
    """Of a partition of eight files only as many are small as are not large."""
    import pyarrow as pa
    from deltalake import write_deltalake

    uri = tables.path(contract("health/hourly_steps"), Zone.GOLD)
    for at in range(MANY):
        values = pa.table({"n": range(100_000 if at < large else 1)})
        write_deltalake(uri.removeprefix("file:"), values, mode="append")
    monkeypatch.setattr(compact, "_small_bytes", lambda: 10_000)
    assert compact.crowded(uri).files.count == (0 if large else MANY)
