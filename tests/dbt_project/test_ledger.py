"""The ledger holds what the logs of the lake tell: brought up to date or dropped and rebuilt, row for row."""

import json
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from typer.testing import CliRunner, Result

from lake_cli.main import build_app
from lake_layout import run_ledger, tables
from lake_layout.contracts import Zone, contract
from spark_jobs import commits, measures, ops, storage
from spark_jobs.commits import Input
from spark_jobs.ledger import clickhouse as to_clickhouse
from spark_jobs.ledger import update

METRICS = contract("wearables/health_metrics")
NAME = "wearables/health_metrics@raw"


def folder() -> Path:
    return Path(storage.local_path(tables.path(METRICS, Zone.RAW)) or "")


def land(batch: int) -> None:
    """One more batch of two rows, ten offsets each, as the writer commits it."""
    read = Input("kafka", "health-metrics", 3, batch * 10, batch * 10 + 9)
    commit = commits.Progress({}, batch).plan({}, read=[read])
    properties = CommitProperties(
        custom_metadata={"userMetadata": commit.as_json()},
        app_transactions=[Transaction(commits.writer_name(METRICS, Zone.RAW), batch)],
    )
    write_deltalake(folder(), pa.table({"n": [batch, 0]}), mode="append", commit_properties=properties)


def measure(run: str, late: int) -> None:
    rows = {"measured_at": [datetime.now(UTC)], "run": [run], "late": [late], "duplicates": [None]}
    schema = pa.schema(
        [
            ("measured_at", pa.timestamp("us", "UTC")),
            ("run", pa.string()),
            ("late", pa.int64()),
            ("duplicates", pa.int64()),
        ]
    )
    write_deltalake(storage.local_path(ops.path(measures.TABLE)), pa.table(rows, schema=schema), mode="append")


def forget(before: int) -> None:
    """Clean the log up to a version, as Delta does behind a checkpoint."""
    DeltaTable(folder()).create_checkpoint()
    for version in range(before):
        (folder() / "_delta_log" / f"{version:020}.json").unlink(missing_ok=True)


@pytest.fixture
def ledger(postgres: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Postgres with a ledger of all there was, and then a raw table with two batches that no other test has."""
    update.update()
    land(1)
    land(2)
    yield postgres
    shutil.rmtree(folder())


def held(postgres: psycopg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: sorted(postgres.execute(f"SELECT * FROM ops.{table.name}").fetchall(), key=str)
        for table in run_ledger.TABLES
    }


def batches(postgres: psycopg.Connection) -> list[tuple[Any, ...]]:
    query = "SELECT batch, state, version, rows_late FROM ops.batches WHERE table_name = %s ORDER BY version"
    return postgres.execute(query, [NAME]).fetchall()


def require_same_rebuilt(postgres: psycopg.Connection) -> None:
    before = held(postgres)
    assert len(before["batches"]) > 5
    postgres.execute("DROP SCHEMA ops CASCADE")
    update.update(rebuild=True)
    assert held(postgres) == before


def test_dropped_and_rebuilt_it_is_the_same(ledger: psycopg.Connection) -> None:
    assert update.update()["tables"] == 1
    assert batches(ledger) == [(1, "committed", 0, None), (2, "committed", 1, None)]
    query = (
        "SELECT kafka_partition, first_offset, last_offset FROM ops.batch_inputs WHERE table_name = %s ORDER BY batch"
    )
    assert ledger.execute(query, [NAME]).fetchall() == [(3, 10, 19), (3, 20, 29)]
    require_same_rebuilt(ledger)


def test_what_comes_is_added_once_even_by_several_at_once(ledger: psycopg.Connection) -> None:
    update.update()
    assert update.update() == {"tables": 0, "batches": 0}
    land(3)
    with ThreadPoolExecutor(4) as pool:
        added = [one.result()["batches"] for one in [pool.submit(update.update) for _ in range(4)]]
    assert sorted(added) == [0, 0, 0, 1]
    assert [row[0] for row in batches(ledger)] == [1, 2, 3]
    require_same_rebuilt(ledger)


def test_counts_that_come_after_a_commit_was_seen_reach_it(ledger: psycopg.Connection) -> None:
    update.update()
    newest = commits.newest(METRICS, Zone.RAW)
    assert newest is not None
    measure(newest.run, 7)
    update.update()
    assert [row[3] for row in batches(ledger)] == [None, 7]
    land(3)
    DeltaTable(folder()).restore(1)
    update.update()
    assert [row[3] for row in batches(ledger)] == [None, 7, None]
    require_same_rebuilt(ledger)


def test_what_a_restore_undid_stays_and_says_so_and_a_compaction_is_no_batch(ledger: psycopg.Connection) -> None:
    update.update()
    DeltaTable(folder()).optimize.compact()
    DeltaTable(folder()).restore(0)
    land(3)
    update.update()
    assert [row[:2] for row in batches(ledger)] == [(1, "committed"), (2, "undone"), (3, "committed")]
    require_same_rebuilt(ledger)


def test_what_the_log_no_longer_tells_is_forgotten(ledger: psycopg.Connection) -> None:
    land(3)
    update.update()
    forget(before=2)
    update.update()
    assert [row[0] for row in batches(ledger)] == [3]
    require_same_rebuilt(ledger)


def test_a_table_made_anew_is_read_anew(ledger: psycopg.Connection) -> None:
    land(3)
    update.update()
    shutil.rmtree(folder())
    for batch in (1, 2, 3, 4):
        land(batch)
    update.update()
    assert len(batches(ledger)) == 4
    require_same_rebuilt(ledger)
    shutil.rmtree(folder())
    update.update()
    assert batches(ledger) == []
    land(1)


def test_an_older_shape_of_the_tables_is_made_anew(ledger: psycopg.Connection) -> None:
    update.update()
    before = held(ledger)
    ledger.execute("ALTER TABLE ops.batches DROP COLUMN code_version")
    update.update()
    assert held(ledger) == before


def test_clickhouse_holds_the_same_and_the_mart_shows_it(ledger: psycopg.Connection, clickhouse: Client) -> None:
    update.update()
    to_clickhouse.copy()
    for table in run_ledger.TABLES:
        there = clickhouse.query(f"SELECT * FROM ops.{table.name}").result_rows
        here = ledger.execute(f"SELECT * FROM ops.{table.name}").fetchall()
        assert sorted(map(_in_utc, there), key=str) == sorted(here, key=str) and here
    query = "SELECT rows_out FROM marts.run_ledger WHERE table_name = 'health/daily_activity@gold' AND batch = 1"
    assert clickhouse.query(query).result_rows == [(3,)]


def _in_utc(row: Sequence[Any]) -> tuple[Any, ...]:
    """ClickHouse's client gives instants of UTC without saying so."""
    return tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row)


def test_the_reader_of_postgres_does_not_see_it(
    ledger: psycopg.Connection, postgres_reader: psycopg.Connection
) -> None:
    update.update()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres_reader.execute("SELECT * FROM ops.batches")


def lake(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), ["ledger", *arguments], env={"COLUMNS": "100", "TERM": "dumb"})


def test_the_command_lists_and_shows_what_is_new(ledger: psycopg.Connection) -> None:
    listed = json.loads(lake("list", METRICS.address, "--zone", "raw", "--json").stdout)
    assert [(one["batch"], one["rows_out"]) for one in listed] == [(2, 2), (1, 2)]
    shown = json.loads(lake("show", NAME, "1", "--json").stdout)
    assert (shown["batch"], shown["inputs"][0]["last_offset"], len(shown["partitions"])) == (1, 19, 1)
    assert "partition 3: offsets 20 to 29" in lake("show", NAME).stdout
    assert lake("list", METRICS.address, "--from", "2025-01-01", "--json").stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", NAME, "77"), "has no batch 77"),
        (("show", "wearables/health_metrics"), "expected DATASET@ZONE"),
        (("show", "wearables/health_metric@raw"), "did you mean: wearables/health_metrics"),
        (("list", "--zone", "iron"), "no zone iron"),
        (("list", "--state", "lost"), "no state lost"),
    ],
)
def test_a_wrong_question_is_told_what_is_right(warehouses: None, arguments: tuple[str, ...], words: str) -> None:
    found = lake(*arguments)
    assert found.exit_code != 0
    assert words in " ".join(found.output.replace("│", " ").split())
