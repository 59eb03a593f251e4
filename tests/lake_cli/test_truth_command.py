"""`lake truth` tells a table that equals its truth from one that lacks rows, has others, or is empty."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner, Result

from lake_cli.main import build_app
from lake_layout import tables
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import storage

READINGS = contract("wearables/hrv_readings")
TABLE = f"silver.{READINGS.address}"


@pytest.fixture
def truth(own_lake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of a simulation that knows of two readings."""
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    profile.cache_clear()
    (tmp_path / "truth").mkdir()
    pq.write_table(pa.table({"user_id": ["a", "b"], "hrv_ms": [50, 60]}), tmp_path / "truth" / "hrv_readings.parquet")
    yield tmp_path
    monkeypatch.undo()
    profile.cache_clear()


def hold(users: list[str], values: list[int]) -> None:
    status = [tables.ACCEPTED] * len(users)
    rows = pa.table({"user_id": [*users, "z"], "hrv_ms": [*values, 9], "_status": [*status, tables.REJECTED]})
    write_deltalake(str(storage.local_path(tables.path(READINGS, Zone.SILVER))), rows, partition_by=["_status"])


def look(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), ["truth", *arguments], env={"COLUMNS": "300", "TERM": "dumb"})


def told() -> tuple[bool, int, int, int]:
    [one] = json.loads(look(TABLE, "--json").stdout)
    return one["is_true"], one["rows"], one["lost"], one["invented"]


def test_a_table_with_the_same_rows_equals_its_truth(truth: Path) -> None:
    hold(["b", "a"], [60, 50])
    assert told() == (True, 2, 0, 0)
    seen = look(TABLE)
    assert (seen.exit_code, "equals the truth" in seen.stdout) == (0, True)
    assert "device_id, measured_at" in seen.stdout


@pytest.mark.parametrize(
    ("users", "values", "found"),
    [
        (["a"], [50], (False, 1, 1, 0)),
        (["a", "b", "b"], [50, 60, 60], (False, 3, 0, 1)),
        (["a", "b"], [50, 61], (False, 2, 1, 1)),
        ([], [], (False, 0, 2, 0)),
    ],
)
def test_rows_that_are_lost_there_twice_or_changed_are_told(
    users: list[str], values: list[int], found: tuple[bool, int, int, int], truth: Path
) -> None:
    hold(users, values)
    assert told() == found
    seen = look(TABLE)
    assert (seen.exit_code, "1 wrong" in seen.stderr) == (1, True)


def test_a_table_that_nothing_was_written_to_is_empty(truth: Path) -> None:
    assert told() == (False, 0, 2, 0)
    assert "EMPTY" in look(TABLE).stdout


def test_a_table_that_must_be_empty_is_neither_true_nor_wrong(truth: Path) -> None:
    nobody = pa.table({"user_id": pa.array([], pa.string()), "hrv_ms": pa.array([], pa.int64())})
    pq.write_table(nobody, truth / "truth" / "hrv_readings.parquet")
    assert told() == (False, 0, 0, 0)
    seen = look(TABLE)
    assert (seen.exit_code, "nothing to compare" in seen.stdout) == (0, True)


def test_without_a_simulation_there_is_no_truth(own_lake: None, truth: Path) -> None:
    (truth / "truth" / "hrv_readings.parquet").unlink()
    assert "`lake simulate` writes it" in str(look(TABLE).exception)


def test_a_table_of_which_no_truth_is_known_is_refused(truth: Path) -> None:
    refused = look("silver.market/daily_prices")
    assert (refused.exit_code, "no truth is known of silver.market/daily_prices" in refused.stderr) == (2, True)
