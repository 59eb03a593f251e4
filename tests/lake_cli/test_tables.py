"""`lake tables` tells what each table holds, from its log alone."""

import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake
from typer.testing import CliRunner, Result

from lake_cli.main import build_app
from lake_layout import tables
from lake_layout.contracts import Zone, contract, contracts
from spark_jobs import commits, gate_log, ops, storage

BEATS = contract("wearables/heart_rate_readings")
MONDAY, TUESDAY = date(2025, 3, 24), date(2025, 3, 25)
pytestmark = pytest.mark.usefixtures("own_lake")


def lake(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), ["tables", *arguments], env={"COLUMNS": "300", "TERM": "dumb"})


def told(*arguments: str) -> dict[str, dict]:
    return {one["table"]: one for one in json.loads(lake("--json", *arguments).stdout)}


def write(uri: str, rows: pa.Table, *partitions: str, message: str = "") -> None:
    path = storage.local_path(uri)
    assert path
    properties = CommitProperties(custom_metadata={"userMetadata": message} if message else {})
    write_deltalake(path, rows, mode="append", partition_by=list(partitions), commit_properties=properties)


@pytest.fixture
def written() -> None:
    """Two accepted readings on Monday, and one rejected on Tuesday, by batch 7; gated twice."""
    rows = pa.table(
        {
            "device_id": ["a", "a", "b"],
            "event_date": [MONDAY, MONDAY, TUESDAY],
            "_status": [tables.ACCEPTED, tables.ACCEPTED, tables.REJECTED],
        }
    )
    commit = commits.Commit(7, started_at=datetime(2025, 3, 26, 1, 2, tzinfo=UTC))
    write(tables.path(BEATS, Zone.SILVER), rows, "_status", "event_date", message=commit.as_json())
    whose = gate_log.table_id(BEATS, Zone.SILVER)
    for hour, of, verdict in ((2, whose, "halted"), (3, whose, "let_through"), (4, "one before it", "passed")):
        line = {"gated_at": datetime(2025, 3, 26, hour, tzinfo=UTC), "zone": "silver", "address": BEATS.address}
        write(ops.path("gates"), pa.Table.from_pylist([{**line, "table_id": of, "verdict": verdict}]))


def test_a_table_tells_its_rows_dates_batch_and_gate(written: None) -> None:
    [found] = told(BEATS.address).values()
    assert found["table"] == f"{BEATS.address}@silver"
    assert found["grain"] == list(BEATS.key)
    assert (found["rows"], found["rejected"]) == (2, 1)
    assert (found["first_date"], found["newest_date"]) == ("2025-03-24", "2025-03-24")
    assert (found["version"], found["batch"], found["begun_at"]) == (0, 7, "2025-03-26T01:02:00+00:00")
    assert found["gate"] == "let_through"


def test_a_table_that_does_not_exist_yet_is_listed_all_the_same(written: None) -> None:
    assert set(told()) == {commits.input_name(of, zone) for of in contracts().values() for zone in of.zones}
    missing = told("app_db/users", "--zone", "silver")["app_db/users@silver"]
    assert (missing["version"], missing["rows"], missing["grain"]) == (None, None, ["user_id", "valid_from"])
    shown = lake()
    assert "device_id, measured_at" in shown.stdout and "let_through" in shown.stdout
    assert "tables do not exist yet" in shown.stderr


def test_what_does_not_exist_is_said(written: None) -> None:
    assert "no zone tin: raw, bronze, silver, gold" in lake("--zone", "tin").stderr
    assert lake("wearables/heart_rates").exit_code == 2
