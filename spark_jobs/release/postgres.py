"""Releases in Postgres: a schema `reporting_r13` for each, and schema `reporting`, brought from one to the next.

The switch is one transaction of inserted and deleted rows: whoever reads sees the one release or the other, a
statement by its snapshot and a REPEATABLE READ transaction (the readers' default) to its end. No table is renamed
or replaced, for a look at the catalogue does not follow the snapshot, and no reader waits for a lock.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.errors import LockNotAvailable

from lake_layout.profile import profile
from lake_layout.warehouse_names import CURRENT, REPORTS, SCAFFOLDS, next_of, release_of
from spark_jobs.publish import reader_access
from spark_jobs.release.log import Event

Connection = psycopg.Connection[Any]
_CURRENT_TABLE = (
    f"CREATE TABLE IF NOT EXISTS {REPORTS}.{CURRENT} (release_id bigint PRIMARY KEY,"
    " released_at timestamp with time zone NOT NULL, previous_release_id bigint)",
    f"COMMENT ON TABLE {REPORTS}.{CURRENT} IS 'The release that this schema shows. One row.'",
    f"COMMENT ON COLUMN {REPORTS}.{CURRENT}.release_id IS 'Number of the release that all tables of this schema show.'",
    f"COMMENT ON COLUMN {REPORTS}.{CURRENT}.released_at IS 'When (UTC) it was decided to show it.'",
    f"COMMENT ON COLUMN {REPORTS}.{CURRENT}.previous_release_id"
    " IS 'The release shown before, which can be read as `reporting_r<id>`.'",
)


@contextmanager
def connected(lock_seconds: int | None = None) -> Iterator[Connection]:
    """The owner's connection to the warehouse, each statement its own transaction unless one is begun.

    Raises ConnectionError: Postgres does not answer, or a lock was not had in time.
    """
    dsn, timeouts = profile().postgres_dsn(profile().postgres.warehouse_database), profile().timeouts
    try:
        with psycopg.connect(dsn, connect_timeout=timeouts.connect, autocommit=True) as connection:
            connection.execute(sql.SQL("SET lock_timeout = {}").format(f"{lock_seconds or timeouts.connect}s"))
            yield connection
    except (psycopg.OperationalError, LockNotAvailable) as error:
        raise ConnectionError(f"Postgres: {error}") from error


def shown(connection: Connection) -> int | None:
    """The release that `reporting` shows; None before the first."""
    if not connection.execute("SELECT to_regclass(%s)", [f"{REPORTS}.{CURRENT}"]).fetchall()[0][0]:
        return None
    found = connection.execute(f"SELECT release_id FROM {REPORTS}.{CURRENT}").fetchone()
    return int(found[0]) if found else None


def prepare(connection: Connection, release_id: int, *, is_staged_last: bool) -> None:
    """Have the release stand under its own name, for its readers, too; repeating it does nothing.

    Raises LookupError: Postgres does not have this release.
    """
    own, coming = release_of(REPORTS, release_id), next_of(REPORTS)
    with connection.transaction():
        schemas = _schemas(connection)
        if own not in schemas:
            if not (is_staged_last and coming in schemas):
                raise LookupError(f"Postgres does not hold release {release_id}: `lake run daily_etl` makes a new one")
            _run(connection, "ALTER SCHEMA {coming} RENAME TO {own}", coming=coming, own=own)
            _run(connection, "GRANT USAGE ON SCHEMA {own} TO {reader}", own=own, reader=profile().postgres.reader_user)
            _run(
                connection,
                "GRANT SELECT ON ALL TABLES IN SCHEMA {own} TO {reader}",
                own=own,
                reader=profile().postgres.reader_user,
            )
        for scaffold in SCAFFOLDS:
            _run(connection, "DROP SCHEMA IF EXISTS {name} CASCADE", name=next_of(scaffold))


def switch(connection: Connection, decision: Event, previous: int | None) -> None:
    """Bring `reporting` to the decided release in one transaction; repeating it does nothing."""
    if decision.release_id is None:
        raise ValueError("a decision names a release")
    reader_access.grant()
    own = release_of(REPORTS, decision.release_id)
    with connection.transaction():
        for statement in _CURRENT_TABLE:
            connection.execute(statement)
        if shown(connection) == decision.release_id:
            return
        wanted, held = _tables(connection, own), _tables(connection, REPORTS)
        for table in wanted:
            _bring(connection, own, table, is_new=table not in held)
        for table in held - wanted - {CURRENT}:
            _run(connection, "DROP TABLE {schema}.{table}", schema=REPORTS, table=table)
        connection.execute(f"DELETE FROM {REPORTS}.{CURRENT}")
        connection.execute(
            f"INSERT INTO {REPORTS}.{CURRENT} VALUES (%s, %s, %s)", [decision.release_id, decision.at, previous]
        )


def drop_all_but(connection: Connection, kept: Iterable[int]) -> list[str]:
    """Drop the schemas of releases that are neither kept nor shown; gives their names.

    One that a reader holds on to is left to the next time.
    """
    spared = {*kept, shown(connection)}
    gone = []
    for name in _schemas(connection):
        match = re.fullmatch(rf"{REPORTS}_r(\d+)", name)
        if not match or int(match[1]) in spared:
            continue
        try:
            _run(connection, "DROP SCHEMA {name} CASCADE", name=name)
        except LockNotAvailable:
            print(f"{name} is still read and will be dropped after a later release", flush=True)
        else:
            gone.append(name)
    return gone


def _bring(connection: Connection, own: str, table: str, *, is_new: bool) -> None:
    """Delete the rows that the release does not have and insert those that only it has."""
    if is_new:
        _run(connection, "CREATE TABLE {to}.{t} (LIKE {own}.{t} INCLUDING ALL)", to=REPORTS, own=own, t=table)
    else:
        _change_columns(connection, own, table)
    _comment(connection, own, table)
    columns = list(_columns(connection, REPORTS, table))
    names: dict[str, str | list[str]] = {"to": REPORTS, "own": own, "t": table, "columns": columns}
    # A row as a value of the table's own type: so nulls are equal, and rows are compared by their hash.
    new = "(SELECT ROW({columns})::{to}.{t} AS whole FROM {own}.{t}) AS new"
    gone = f"DELETE FROM {{to}}.{{t}} AS held WHERE NOT EXISTS (SELECT FROM {new} WHERE whole = held)"
    _run(connection, gone, **names)
    _run(
        connection,
        f"INSERT INTO {{to}}.{{t}} ({{columns}}) SELECT (whole).* FROM {new}"
        " WHERE NOT EXISTS (SELECT FROM {to}.{t} AS held WHERE held = whole)",
        **names,
    )
    counts = "SELECT (SELECT count(*) FROM {to}.{t}), (SELECT count(*) FROM {own}.{t})"
    [(here, there)] = _run(connection, counts, **names).fetchall()
    if here != there:
        # A report whose rows are not all different.
        _run(connection, "DELETE FROM {to}.{t}", **names)
        _run(connection, "INSERT INTO {to}.{t} ({columns}) SELECT {columns} FROM {own}.{t}", **names)


def _change_columns(connection: Connection, own: str, table: str) -> None:
    """Give the table the columns of the release. It keeps its rows, for those who still read the one before."""
    wanted, held = _columns(connection, own, table), _columns(connection, REPORTS, table)
    for name in [name for name, type_ in held.items() if wanted.get(name) != type_]:
        _run(connection, "ALTER TABLE {s}.{t} DROP COLUMN {c} CASCADE", s=REPORTS, t=table, c=name)
    for name in [name for name, type_ in wanted.items() if held.get(name) != type_]:
        add = sql.SQL("ALTER TABLE {}.{} ADD COLUMN {} {}")
        parts = (sql.Identifier(REPORTS), sql.Identifier(table), sql.Identifier(name), sql.SQL(wanted[name]))
        connection.execute(add.format(*parts))


def _comment(connection: Connection, own: str, table: str) -> None:
    """Tell what the release tells about the table and its columns, where that differs."""
    described = (
        "SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a"
        " WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped"
        " UNION ALL SELECT NULL, obj_description(to_regclass(%s), 'pg_class')"
    )
    words, told = (
        dict(connection.execute(described, [place, place]).fetchall())
        for place in (_place(own, table), _place(REPORTS, table))
    )
    for column, text in words.items():
        if told.get(column) == text:
            continue
        what = sql.SQL("TABLE {}.{}") if column is None else sql.SQL("COLUMN {}.{}.{}")
        parts = [sql.Identifier(part) for part in (REPORTS, table, column) if part is not None]
        connection.execute(sql.SQL("COMMENT ON {} IS {}").format(what.format(*parts), sql.Literal(text)))


def _columns(connection: Connection, schema: str, table: str) -> dict[str, str]:
    """Column → type, in their order."""
    found = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [_place(schema, table)],
    )
    return dict(found.fetchall())


def _place(schema: str, table: str) -> str:
    return sql.Identifier(schema, table).as_string(None)


def _tables(connection: Connection, schema: str) -> set[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]).fetchall()
    return {name for (name,) in found}


def _schemas(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace").fetchall()}


def _run(connection: Connection, statement: str, **names: str | list[str]) -> psycopg.Cursor[Any]:
    """A statement with identifiers, or lists of them, in its braces."""
    quoted = {
        key: sql.Identifier(name) if isinstance(name, str) else sql.SQL(", ").join(map(sql.Identifier, name))
        for key, name in names.items()
    }
    return connection.execute(sql.SQL(statement).format(**quoted))
