"""What people ask the ledger: which batches a table has, and all of one batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import sql

from lake_layout import run_ledger
from lake_layout.contracts import Zone
from lake_layout.run_ledger import SCHEMA, Table
from spark_jobs.ledger import store
from spark_jobs.ledger.entries import Row


@dataclass(frozen=True)
class Wanted:
    """What narrows a list; the dates are those of partitions, both inclusive."""

    datasets: tuple[str, ...] = ()
    zone: Zone | None = None
    first: date | None = None
    last: date | None = None
    state: str | None = None


def batches(wanted: Wanted, limit: int) -> list[Row]:
    """Rows of `ops.batches`, those committed last first."""
    asked = {
        "datasets": "dataset = ANY(%(datasets)s)",
        "zone": "zone = %(zone)s",
        "first": "last_date >= %(first)s",
        "last": "first_date <= %(last)s",
        "state": "state = %(state)s",
    }
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(wanted).items() if value}
    conditions = sql.SQL(" AND ").join([sql.SQL("true"), *(sql.SQL(asked[name]) for name in values)])
    order = sql.SQL("ORDER BY committed_at DESC, table_name, batch DESC LIMIT %(limit)s")
    return _rows(run_ledger.BATCHES, conditions, order, {**values, "limit": limit})


def batch(table_name: str, number: int) -> Row | None:
    """A row of `ops.batches` with its `inputs` and `partitions`; None if there is no such batch."""
    key = {"table_name": table_name, "batch": number}
    conditions = sql.SQL("table_name = %(table_name)s AND batch = %(batch)s")
    found = _rows(run_ledger.BATCHES, conditions, sql.SQL(""), key)
    if not found:
        return None
    inputs = _rows(run_ledger.INPUTS, conditions, sql.SQL("ORDER BY ordinal"), key)
    partitions = _rows(run_ledger.PARTITIONS, conditions, sql.SQL("ORDER BY partition_date"), key)
    return {**found[0], "inputs": _without(inputs, key), "partitions": _without(partitions, key)}


def newest(table_name: str) -> int | None:
    """The number of the newest batch of a table."""
    with store.connected() as connection:
        query = f"SELECT max(batch) AS batch FROM {SCHEMA}.batches WHERE table_name = %s"
        row = connection.execute(query, [table_name]).fetchone()
    return row["batch"] if row else None


def _rows(table: Table, conditions: sql.Composable, order: sql.SQL, values: Mapping[str, Any]) -> list[Row]:
    names = sql.SQL(", ").join(map(sql.Identifier, table.names))
    query = sql.SQL("SELECT {} FROM {} WHERE {} {}").format(
        names, sql.Identifier(SCHEMA, table.name), conditions, order
    )
    with store.connected() as connection:
        return connection.execute(query, values).fetchall()


def _without(rows: list[Row], key: Mapping[str, Any]) -> list[Row]:
    return [{name: value for name, value in row.items() if name not in key} for row in rows]
