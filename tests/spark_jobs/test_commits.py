"""What a table's history tells, whatever stands between its commits: read without Spark."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import build, commits, compute, storage
from spark_jobs.bronze import build as bronze
from spark_jobs.halt import Halt

READINGS = contract("wearables/heart_rate_readings")
METRICS, DEVICES = contract("wearables/health_metrics"), contract("app_db/devices")
pytestmark = pytest.mark.usefixtures("own_lake")
Land = Callable[..., None]


def folder(of: Contract = READINGS, zone: Zone = Zone.SILVER) -> str:
    return tables.path(of, zone).removeprefix("file:")


def land(batch: int, of: Contract = READINGS, zone: Zone = Zone.SILVER, **inputs: int) -> None:
    """One more batch of a table, as the writer commits it."""
    told = {"userMetadata": commits.Commit(batch, inputs, run=f"run {batch}").as_json()}
    transaction = Transaction(commits.writer_name(of, zone), batch)
    properties = CommitProperties(custom_metadata=told, app_transactions=[transaction])
    write_deltalake(folder(of, zone), pa.table({"n": [batch]}), mode="append", commit_properties=properties)


def compact(times: int = 1) -> None:
    """Commits that carry nothing of ours."""
    for _ in range(times):
        write_deltalake(folder(), pa.table({"n": [0]}), mode="append")


def forget(before: int) -> None:
    """Clean the log up to a version, as Delta does behind a checkpoint."""
    DeltaTable(folder()).create_checkpoint()
    for commit in Path(folder(), "_delta_log").glob("*.json"):
        if int(commit.stem) < before:
            commit.unlink()


def batches(after: int, until: int | None = None) -> list[int] | None:
    found = commits.since(READINGS, Zone.SILVER, after, until)
    return None if found is None else [one.batch for one in found]


def test_a_commit_that_comes_while_the_log_is_read_does_not_shift_the_versions() -> None:
    land(1)
    opened = storage.open_table(tables.path(READINGS, Zone.SILVER))
    land(2)
    compact()
    assert [(one.batch, one.version) for one in commits._ours(opened)] == [(2, 1), (1, 0)]


def test_a_clock_that_jumps_changes_no_order() -> None:
    for batch, year in ((1, 2026), (2, 1999), (3, 2050), (4, 2001)):
        land(batch)
        newest = max(Path(folder(), "_delta_log").glob("*.json"))
        actions = [json.loads(line) for line in newest.read_text().splitlines()]
        for action in actions:
            if "commitInfo" in action:
                action["commitInfo"]["timestamp"] = int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000)
        newest.write_text("\n".join(json.dumps(action) for action in actions))
    assert batches(0) == [1, 2, 3, 4]
    newest_batch = commits.newest(READINGS, Zone.SILVER)
    assert newest_batch is not None and (newest_batch.batch, newest_batch.version) == (4, 3)
    assert commits.progress(READINGS, Zone.SILVER).next_batch == 5
    compact()
    assert batches(2) == [3, 4]


def test_batches_are_found_behind_many_compactions() -> None:
    land(1)
    land(2)
    compact(25)
    assert batches(after=0) == [1, 2]
    assert batches(after=1) == [2]
    assert batches(after=2) == []


def test_batches_that_came_after_the_look_are_left_to_the_next_run() -> None:
    for batch in (1, 2, 3):
        land(batch)
    assert batches(after=1, until=2) == [2]


def test_a_history_that_was_cleaned_up_says_that_it_cannot_tell() -> None:
    for batch in (1, 2, 3):
        land(batch)
    forget(before=1)
    assert batches(after=1) == [2, 3]
    assert batches(after=0) is None
    compact()
    forget(before=3)
    assert batches(after=2) is None


def test_a_batch_whose_commit_was_cleaned_up_is_never_taken_again() -> None:
    land(41)
    compact()
    forget(before=1)
    assert commits.progress(READINGS, Zone.SILVER) == commits.Progress({}, 42)


def test_the_newest_batch_is_read_as_the_last_compaction_left_it() -> None:
    land(1)
    compact()
    newest = commits.newest(READINGS, Zone.SILVER)
    assert newest is not None and (newest.batch, newest.version) == (1, 1)


def test_what_a_restored_table_had_undone_is_not_consumed_and_its_batch_not_taken_again() -> None:
    land(1, metrics=10)
    land(2, metrics=20)
    DeltaTable(folder()).restore(0)
    assert commits.progress(READINGS, Zone.SILVER) == commits.Progress({"metrics": 10}, 3)
    assert batches(after=0) == [1]
    land(3, metrics=15)
    assert batches(after=0) == [1, 3]


def test_a_new_version_of_a_contract_is_another_input() -> None:
    renewed = METRICS.model_copy(update={"version": 2})
    names = [commits.input_name(of, Zone.BRONZE) for of in (METRICS, renewed)]
    assert names == ["wearables/health_metrics@bronze", "wearables/health_metrics/v2@bronze"]


def test_an_input_that_was_made_anew_is_new_as_a_whole() -> None:
    name = commits.input_name(METRICS, Zone.BRONZE)
    land(1, METRICS, Zone.BRONZE)
    land(2, METRICS, Zone.BRONZE)
    assert compute.pin(METRICS, Zone.BRONZE, {name: 1}).after == 1
    assert compute.pin(METRICS, Zone.BRONZE, {name: 57}).after == 0


def test_a_history_does_not_take_the_snapshots_of_a_bronze_made_anew() -> None:
    land(1, DEVICES, Zone.BRONZE)
    land(1, DEVICES, Zone.SILVER, **{commits.input_name(DEVICES, Zone.BRONZE): 5})
    with pytest.raises(Halt, match="made anew or restored"):
        build.build_history(None, DEVICES)


def test_bronze_does_not_type_a_raw_made_anew_beside_the_old() -> None:
    land(1, METRICS, Zone.RAW)
    land(1, METRICS, Zone.BRONZE, **{commits.input_name(METRICS, Zone.RAW): 5})
    with pytest.raises(Halt, match="raw ends at batch 1, bronze has read up to 5"):
        bronze.build(None, METRICS)


def test_commits_carry_json_that_any_reader_of_the_log_understands() -> None:
    land(1, metrics=10)
    (told,) = (commit["userMetadata"] for commit in DeltaTable(folder()).history())
    body = json.loads(told)
    assert body == {
        "batch": 1, "inputs": {"metrics": 10}, "dates": [], "rows": {}, "run": "run 1", "contract": "",
        "read": [], "code": "", "started_at": None,
    }  # fmt: skip
    for newer in ("contract", "read", "code", "started_at"):
        del body[newer]
    old = commits.parse({"userMetadata": json.dumps(body), "version": 0})
    assert (old.contract, old.read, old.code, old.started_at) == ("", (), "", None)


def test_a_table_restored_to_a_time_needs_a_person() -> None:
    for batch in (1, 2, 3):
        land(batch)
    table = DeltaTable(folder())
    table.restore(datetime.fromtimestamp(table.history()[1]["timestamp"] / 1000, tz=UTC))
    with pytest.raises(Halt, match="restore to a version"):
        commits.progress(READINGS, Zone.SILVER)


def test_a_table_moves_by_rows_and_not_by_files() -> None:
    for batch in (1, 2):
        land(batch)
    table = DeltaTable(folder())
    table.optimize.compact()
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    table = DeltaTable(folder())
    assert table.version() > 2
    assert [commits.moved_since(table, version) for version in (None, 0, 1, table.version())] == [
        True,
        True,
        False,
        False,
    ]
    assert commits.moved_since(table, table.version() + 1)
    land(3)
    assert commits.moved_since(DeltaTable(folder()), 1)
