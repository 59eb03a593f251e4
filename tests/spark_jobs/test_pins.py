"""What a release shows of gold has passed its gate, also where weeks come in between the gate and the release."""

import shutil
from datetime import date

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from spark_jobs import commits, gate_log, ops, storage
from spark_jobs.halt import Halt
from spark_jobs.publish import pins

WEEKS = contract("fitness/weekly_progress")
MONDAY = date(2025, 3, 24)
pytestmark = pytest.mark.usefixtures("own_lake")


def path() -> str:
    return str(storage.local_path(tables.path(WEEKS, Zone.GOLD)))


def write(rows: int) -> None:
    """One more batch of the table of weeks, which replaces what is there."""
    commit = commits.progress(WEEKS, Zone.GOLD).plan({}, [MONDAY])
    write_deltalake(
        path(),
        pa.table({"user_id": [f"user {n}" for n in range(rows)], "week_start_date": [MONDAY] * rows}),
        mode="overwrite",
        partition_by=["week_start_date"],
        commit_properties=CommitProperties(custom_metadata={"userMetadata": commit.as_json()}),
    )


def judge(batch: int, verdict: str = gate_log.PASSED, address: str = WEEKS.address, zone: Zone = Zone.GOLD) -> None:
    told = {"zone": zone.value, "address": address, "batch": batch, "verdict": verdict}
    row = {**told, "table_id": gate_log.table_id(contract(address), zone) or "of nothing"}
    write_deltalake(str(storage.local_path(ops.path(gate_log.TABLE))), pa.Table.from_pylist([row]), mode="append")


def shown() -> tuple[int | None, int]:
    """Version and rows of the table of weeks."""
    [found] = [pin for pin in pins.choose() if pin.contract == WEEKS]
    return found.version, found.row_count


def test_a_lake_without_gates_shows_what_it_has() -> None:
    assert shown() == (None, 0)
    write(1)
    judge(1, zone=Zone.SILVER)
    assert shown() == (0, 1)


def test_a_batch_is_shown_when_it_has_passed(capsys: pytest.CaptureFixture[str]) -> None:
    write(1)
    judge(1)
    write(2)
    assert shown() == (0, 1)
    assert "fitness/weekly_progress: batch 2 has not passed the gate" in capsys.readouterr().out
    judge(2, gate_log.HALTED)
    assert shown() == (0, 1)
    judge(2, gate_log.LET_THROUGH)
    assert shown() == (1, 2)


def test_a_first_batch_that_no_gate_has_seen_is_not_shown() -> None:
    judge(7, address="health/daily_activity")
    write(1)
    assert shown() == (None, 0)
    judge(1)
    assert shown() == (0, 1)


def test_what_a_table_has_passed_says_nothing_of_one_that_is_made_anew() -> None:
    write(1)
    judge(1)
    shutil.rmtree(path())
    write(2)
    assert shown() == (None, 0)
    judge(1)
    assert shown() == (0, 2)


def test_a_commit_that_is_no_batch_is_shown_with_the_batch_before_it() -> None:
    write(1)
    judge(1)
    # As a compaction does, which tells nothing of batches.
    write_deltalake(path(), pa.table({"user_id": ["anna"], "week_start_date": [MONDAY]}), mode="append")
    assert shown() == (1, 2)


def test_a_release_halts_where_what_has_passed_is_gone_from_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    write(1)
    judge(1)
    write(2)
    kept = [one for one in commits.read(tables.path(WEEKS, Zone.GOLD)) if one.batch > 1]
    monkeypatch.setattr(commits, "read", lambda _path: kept)
    with pytest.raises(Halt, match="no batch that has passed is left"):
        pins.choose()
