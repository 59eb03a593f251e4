"""The application database, read at one instant: tables → Arrow, every column as it is.

One REPEATABLE READ transaction; ADBC fetches by binary COPY. Types that Arrow does not have (numeric, uuid,
json, lists, enums) travel as the text that Postgres writes for them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import adbc_driver_postgresql.dbapi as postgres
import pyarrow as pa

from lake_layout import names
from lake_layout.profile import profile
from spark_jobs.halt import Halt

_NATIVE = (
    *("boolean", "smallint", "integer", "bigint", "real", "double precision", "text", "character varying"),
    *("date", "timestamp with time zone", "timestamp without time zone", "bytea"),
)
# A simulated clock may stand in for the real one; an empty setting is none.
_INSTANT = "SELECT coalesce(nullif(current_setting('lake.simulated_now', true), '')::timestamptz, now())"
_COLUMNS = (
    "SELECT column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position"
)


@dataclass(frozen=True)
class Reading:
    """One transaction: everything read in it is of `instant`."""

    instant: datetime
    cursor: postgres.Cursor

    def table(self, name: str) -> pa.Table:
        """All rows of a table. Raises Halt if there is no such table."""
        names.identifier(name)
        self.cursor.execute(_COLUMNS, (name,))
        columns = self.cursor.fetchall()
        if not columns:
            raise Halt(f"the application database has no table {name}")
        chosen = ", ".join(_selected(column, type_) for column, type_ in columns)
        self.cursor.execute(f'SELECT {chosen} FROM public."{name}"')
        return _in_utc(self.cursor.fetch_arrow_table())


@contextmanager
def reading() -> Iterator[Reading]:
    """One read-only transaction that sees one instant. Raises ConnectionError if the database is away."""
    settings = profile()
    dsn = settings.postgres_dsn(settings.postgres.app_database)
    try:
        connection = postgres.connect(dsn)
    except postgres.Error as error:
        raise ConnectionError(f"Postgres at {settings.postgres.host}:{settings.postgres.port}: {error}") from error
    with connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = {settings.timeouts.sql_statement * 1000}")
        cursor.execute(_INSTANT)
        yield Reading(cursor.fetchone()[0].astimezone(UTC), cursor)
        connection.rollback()


def _selected(column: str, type_: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    return quoted if type_ in _NATIVE else f"{quoted}::text AS {quoted}"


def _in_utc(table: pa.Table) -> pa.Table:
    """Times without a zone are read as UTC: the lake has no other kind of time."""
    fields = [
        field.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields)).replace_schema_metadata(None)
