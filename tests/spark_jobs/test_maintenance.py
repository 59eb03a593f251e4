"""Maintenance on a lake from a topic to gold: everything goes on as if it had not been, killed or repeated."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Zone
from lake_layout.profile import profile
from spark_jobs import commits, gate, read, storage
from spark_jobs.ledger import update
from spark_jobs.maintenance import compact
from spark_jobs.quarantine import records
from spark_jobs.quarantine.records import Wanted
from spark_jobs.verify.findings import Verdict
from tests.faults.sound_lake import BEATS, CHECKERS, DEVICES, WINDOWS, Lake, Table, fill

pytestmark = pytest.mark.timeout(1200)
COMMAND = [sys.executable, "-m", "spark_jobs", "maintenance"]


def all_tables(lake: Lake) -> list[tuple]:
    source = [(lake.metrics, zone) for zone in (Zone.RAW, Zone.BRONZE)]
    return [*source, (BEATS, Zone.SILVER), (DEVICES, Zone.SILVER), (WINDOWS, Zone.GOLD)]


def told(lake: Lake) -> list[object]:
    """All that jobs and people are told of a lake, but for its files."""
    found: list[object] = []
    for of, zone in all_tables(lake):
        found += [sorted(map(str, read.table(lake.spark, of, zone).collect())), commits.progress(of, zone)]
        found += [commits.since(of, zone, 0)]
    found += [[str(one) for one in check(lake)] for check in CHECKERS.values()]
    return [*found, records.summary(lake.metrics, Zone.BRONZE, Wanted())]


def run(environment: Mapping[str, str], *arguments: str) -> str:
    env = {**os.environ, **environment}
    return subprocess.run([*COMMAND, *arguments], env=env, check=True, capture_output=True, text=True).stdout


def versions(lake: Lake) -> list[int]:
    opened = (storage.open_table(tables.path(of, zone)) for of, zone in all_tables(lake))
    return [table.version() for table in opened if table]


def kill_at_work(environment: Mapping[str, str], folder: Path) -> None:
    """Kill the job as soon as Spark has begun to write a merged file."""
    before = set(folder.rglob("*.parquet"))
    with subprocess.Popen(COMMAND, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as job:
        while job.poll() is None and not set(folder.rglob("*.parquet")) - before:
            time.sleep(0.05)
        assert job.poll() is None, "it ended before it wrote anything"
        job.kill()


def test_a_maintained_lake_is_the_same_lake(
    landing_lake: dict[str, str], spark: SparkSession, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = fill(spark, table, monkeypatch)
    for part in range(2, 2 + compact.MANY):
        lake.send([0, 1], part)
        lake.type()
    lake.compute()
    gate.run(Zone.GOLD, [WINDOWS.address])
    update.update()
    before, ledger_before = told(lake), update.update(rebuild=True)
    assert all(one.verdict is Verdict.GOOD for check in CHECKERS.values() for one in check(lake))
    raw = Path(profile().lake.root.removeprefix("file:")) / "raw" / lake.metrics.address
    assert "would be merged" in run(landing_lake, "--dry-run")
    kill_at_work(landing_lake, raw)
    assert told(lake) == before
    assert "merged into" in run(landing_lake)
    assert not any(compact.crowded(tables.path(of, zone)).partitions for of, zone in all_tables(lake))
    assert told(lake) == before
    assert update.update() == {"tables": 0, "batches": 0}
    assert update.update(rebuild=True) == ledger_before
    _does_nothing_the_second_time(lake, landing_lake)
    _goes_on(lake)


def _does_nothing_the_second_time(lake: Lake, environment: Mapping[str, str]) -> None:
    made = versions(lake)
    assert "merged" not in run(environment)
    assert versions(lake) == made


def _goes_on(lake: Lake) -> None:
    """What comes now is landed, typed and computed, and nothing else is."""
    held = commits.progress(BEATS, Zone.SILVER)
    lake.compute()
    assert commits.progress(BEATS, Zone.SILVER) == held
    lake.send([3], 9)
    lake.type()
    lake.compute()
    newest = commits.newest(BEATS, Zone.SILVER)
    assert newest is not None and newest.batch == held.next_batch
    assert [one.words for check in CHECKERS.values() for one in check(lake) if one.verdict is not Verdict.GOOD] == []
