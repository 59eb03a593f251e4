"""The ledger in Postgres, schema `ops` of the warehouse's database: all of an update in one transaction.

Two updates at once wait for each other, and keys let no row in twice. Tables of another shape (an older version of
this code made them) are made anew, empty: they hold nothing that the lake does not tell again.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from lake_layout import run_ledger
from lake_layout.profile import profile
from lake_layout.run_ledger import SCHEMA, Table
from spark_jobs.ledger.entries import Row, Rows

_LOCK = 0x6C6564676572  # "ledger"
_SHAPE = (
    "SELECT column_name, is_nullable = 'YES' AS is_nullable FROM information_schema.columns "
    "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position"
)


@dataclass(frozen=True)
class Seen:
    """How far a log has been read."""

    first_version: int
    last_version: int
    seal: str


@contextmanager
def connected() -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A transaction on the warehouse. Raises ConnectionError if Postgres does not answer."""
    settings = profile()
    dsn = settings.postgres_dsn(settings.postgres.warehouse_database)
    try:
        connection = psycopg.connect(dsn, connect_timeout=settings.timeouts.connect, row_factory=dict_row)
    except psycopg.OperationalError as error:
        where = f"{settings.postgres.host}:{settings.postgres.port}"
        raise ConnectionError(f"Postgres at {where}: {error}") from error
    with connection:
        connection.execute(f"SET LOCAL statement_timeout = {settings.timeouts.sql_statement * 1000}")
        yield connection


@contextmanager
def writing(*, anew: bool = False) -> Iterator["Writer"]:
    """The one writer of the ledger, until the block ends and commits; with `anew` it begins with empty tables."""
    with connected() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if anew or not all(_has_shape(connection, table) for table in run_ledger.TABLES):
            _make_anew(connection)
        yield Writer(connection)


def is_there() -> bool:
    """Whether a ledger of this shape stands in Postgres."""
    with connected() as connection:
        return all(_has_shape(connection, table) for table in run_ledger.TABLES)


class Writer:
    """Changes to the ledger within one transaction."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self._connection = connection

    def seen(self) -> dict[str, Seen]:
        """Table → how far its log has been read."""
        found = self._connection.execute(f"SELECT * FROM {SCHEMA}.logs").fetchall()
        return {row.pop("table_name"): Seen(**row) for row in found}

    def forget(self, table_name: str) -> None:
        """Take out all that is said of a table."""
        for table in run_ledger.TABLES:
            self._connection.execute(_delete(table), [table_name])

    def forget_before(self, table_name: str, version: int) -> None:
        """Take out batches whose commits the log no longer tells of."""
        old = self._connection.execute(
            f"DELETE FROM {SCHEMA}.batches WHERE table_name = %s AND version < %s RETURNING batch",
            [table_name, version],
        )
        batches = [row["batch"] for row in old]
        for table in (run_ledger.PARTITIONS, run_ledger.INPUTS):
            self._connection.execute(_delete(table) + sql.SQL(" AND batch = ANY(%s)"), [table_name, batches])

    def add(self, found: Iterable[Rows]) -> int:
        """Insert batches; gives how many."""
        rows = list(found)
        self._copy(run_ledger.BATCHES, (one.batch for one in rows))
        self._copy(run_ledger.PARTITIONS, (row for one in rows for row in one.partitions))
        self._copy(run_ledger.INPUTS, (row for one in rows for row in one.inputs))
        return len(rows)

    def note(self, table_name: str, seen: Seen) -> None:
        """Say how far a log has been read."""
        self._connection.execute(_delete(run_ledger.LOGS), [table_name])
        self._copy(run_ledger.LOGS, [{"table_name": table_name, **vars(seen)}])

    def measure(self, found: Collection[Row]) -> None:
        """Add counts, by run, to batches that are there."""
        with self._connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {SCHEMA}.batches SET rows_late = %(late)s, rows_duplicate = %(duplicates)s,"
                " cpu_seconds = %(cpu_seconds)s WHERE run = %(run)s",
                found,
            )

    def rows(self, table: Table, at_once: int) -> Iterator[list[list[Any]]]:
        """All rows of a table, some at a time."""
        with self._connection.cursor(name="ledger") as cursor:
            names = sql.SQL(", ").join(map(sql.Identifier, table.names))
            cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(SCHEMA, table.name)))
            while found := cursor.fetchmany(at_once):
                yield [list(row.values()) for row in found]

    def _copy(self, table: Table, rows: Iterable[Row]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, table.names))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(SCHEMA, table.name), names)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row.get(name) for name in table.names])


def _delete(table: Table) -> sql.Composed:
    return sql.SQL("DELETE FROM {} WHERE table_name = %s").format(sql.Identifier(SCHEMA, table.name))


def _has_shape(connection: psycopg.Connection[dict[str, Any]], table: Table) -> bool:
    found = connection.execute(_SHAPE, [SCHEMA, table.name]).fetchall()
    wanted = [(column.name, column.is_nullable) for column in table.columns]
    return [(row["column_name"], row["is_nullable"]) for row in found] == wanted


def _make_anew(connection: psycopg.Connection[dict[str, Any]]) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for table in run_ledger.TABLES:
        name = sql.Identifier(SCHEMA, table.name)
        columns = [
            sql.SQL("{} {}{}").format(
                sql.Identifier(column.name), sql.SQL(column.type), sql.SQL("" if column.is_nullable else " NOT NULL")
            )
            for column in table.columns
        ]
        key = sql.SQL(", ").join(map(sql.Identifier, table.key))
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        connection.execute(
            sql.SQL("CREATE TABLE {} ({}, UNIQUE NULLS NOT DISTINCT ({}))").format(
                name, sql.SQL(", ").join(columns), key
            )
        )
        connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, table.description))
        for column in table.columns:
            connection.execute(
                sql.SQL("COMMENT ON COLUMN {} IS {}").format(
                    sql.Identifier(SCHEMA, table.name, column.name), column.description
                )
            )
    connection.execute(f"CREATE INDEX ON {SCHEMA}.batches (run)")
