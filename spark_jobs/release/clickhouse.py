"""Releases in ClickHouse: databases `lake_r13` and `marts_r13` for each, and views that follow one pointer.

dbt builds into `*_next`; a release takes these databases over by name. `marts.x` reads all kept releases of `x`
(`marts_releases.x`, a Merge table) and takes the one that the pointer names, the newest row of
`marts_releases.switches`: the insert of that row is the atomic step. A view must run with the rights of who asks
(SQL SECURITY INVOKER): only so do all views of one statement share its look at the pointer. With the rights of its
owner each has a look of its own, and some statements see two releases.

A Merge table lists the databases of its pattern and then opens each, so one that is dropped in between fails the
statement. Therefore the pattern leaves out what is going to be dropped, by the switch, before anything is.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

from clickhouse_connect.driver.binding import format_str, quote_identifier
from clickhouse_connect.driver.client import Client

from lake_layout.warehouse_names import AREAS, CURRENT, SCAFFOLDS, next_of, release_of, releases_of
from spark_jobs.release.log import Event

_SWITCHES = "marts_releases.switches"
_POINTER = f"(SELECT argMax((release_id, released_at, previous_release_id), number) FROM {_SWITCHES})"
_CURRENT_COLUMNS = {
    "release_id": ("Int64", "Number of the release that all tables of this database show."),
    "released_at": ("DateTime64(6, 'UTC')", "When (UTC) it was decided to show it."),
    "previous_release_id": ("Nullable(Int64)", "The release shown before, which can be read as `marts_r<id>`."),
}


def shown(client: Client) -> int | None:
    """The release that the pointer names; None before the first."""
    if not _rows(client, f"EXISTS TABLE {_SWITCHES}")[0][0]:
        return None
    found = _rows(client, f"SELECT argMax(release_id, number) FROM {_SWITCHES} HAVING count() > 0")
    return int(found[0][0]) if found else None


def prepare(client: Client, release_id: int, *, is_staged_last: bool) -> None:
    """Have the release stand under its own name; repeating it does nothing.

    Raises LookupError: ClickHouse does not have this release.
    """
    for area in AREAS:
        own, coming = release_of(area, release_id), next_of(area)
        if has(client, own):
            continue
        if not (is_staged_last and has(client, coming)):
            raise LookupError(f"ClickHouse does not hold release {release_id}: `lake run daily_etl` makes a new one")
        client.command(f"RENAME DATABASE {coming} TO {own}")
    for scaffold in SCAFFOLDS:
        client.command(f"DROP DATABASE IF EXISTS {next_of(scaffold)}")


def switch(client: Client, decision: Event, previous: int | None, kept: Iterable[int]) -> None:
    """Show the decided release to all who read `marts` and `lake`, by one insert; repeating it does nothing."""
    release_id = _id_of(decision)
    _make_pointer(client)
    looked_at = sorted({*kept, release_id})
    for area in AREAS:
        _follow(client, area, release_id, looked_at)
    if shown(client) != release_id:
        at = format_str(decision.at.strftime("%Y-%m-%d %H:%M:%S.%f"))
        client.command(
            f"INSERT INTO {_SWITCHES} SELECT max(number) + 1, {release_id}, {at}, {previous or 'NULL'} FROM {_SWITCHES}"
        )
    for area in AREAS:
        _forget(client, area, release_id)


def drop_all_but(client: Client, kept: Iterable[int]) -> list[str]:
    """Drop the databases of releases that are neither kept nor shown; gives their names."""
    spared = {*kept, shown(client)}
    found = [name for (name,) in _rows(client, "SELECT name FROM system.databases")]
    gone = [
        name
        for name in found
        for area in AREAS
        if (match := re.fullmatch(rf"{area}_r(\d+)", name)) and int(match[1]) not in spared
    ]
    for name in gone:
        client.command(f"DROP DATABASE IF EXISTS {name}")
    return gone


def _make_pointer(client: Client) -> None:
    for name in (*AREAS, *(releases_of(area) for area in AREAS)):
        client.command(f"CREATE DATABASE IF NOT EXISTS {name}")
    columns = ", ".join(f"{name} {type_}" for name, (type_, _) in _CURRENT_COLUMNS.items())
    client.command(f"CREATE TABLE IF NOT EXISTS {_SWITCHES} (number UInt64, {columns}) ORDER BY number")
    shown_columns = ", ".join(
        f"{name} {type_} COMMENT {format_str(words)}" for name, (type_, words) in _CURRENT_COLUMNS.items()
    )
    values = ", ".join(f"tupleElement({_POINTER}, {n}) AS {name}" for n, name in enumerate(_CURRENT_COLUMNS, 1))
    client.command(
        f"CREATE OR REPLACE VIEW marts.{CURRENT} ({shown_columns}) SQL SECURITY INVOKER AS SELECT {values}"
        " COMMENT 'The release that this database shows. One row.'"
    )


def pattern(area: str, kept: Collection[int]) -> str:
    """Regular expression of the databases of kept releases, and of all that are still to come."""
    digits = str(max(kept))
    longer = f"[1-9][0-9]{{{len(digits)},}}"
    greater = [
        f"{digits[:n]}[{int(digit) + 1}-9][0-9]{{{len(digits) - n - 1}}}"
        for n, digit in enumerate(digits)
        if digit != "9"
    ]
    return f"^{area}_r({'|'.join([*map(str, kept), *greater, longer])})$"


def _follow(client: Client, area: str, release_id: int, kept: Collection[int]) -> None:
    """For each table of the release a view of its columns that follows the pointer, and the tables it chooses from.

    These statements change with the columns, and leave out releases that are not kept any more; so a statement that
    is under way never meets another meaning, even if the pointer moves on to a release that is not there yet.
    """
    own, everything = release_of(area, release_id), releases_of(area)
    databases = format_str(pattern(area, kept))
    comments: dict[str, str] = dict(_rows(client, f"SELECT name, comment FROM system.tables WHERE database = '{own}'"))
    shown_columns = _columns(client, f"database = '{own}'")
    kept_columns = _columns(client, f"match(database, {databases})")
    for table, comment in comments.items():
        columns, name = shown_columns[table], quote_identifier(table)
        # A release that lacks a column, or has another, can still be read by either definition.
        merged = {column: type_ for column, (type_, _) in kept_columns[table].items()}
        merged |= {column: type_ for column, (type_, _) in columns.items()}
        listed = ", ".join(f"{quote_identifier(column)} {type_}" for column, type_ in merged.items())
        told = ", ".join(
            f"{quote_identifier(column)} {type_} COMMENT {format_str(words)}"
            for column, (type_, words) in columns.items()
        )
        client.command(
            f"CREATE OR REPLACE TABLE {everything}.{name} ({listed})"
            f" ENGINE = Merge(REGEXP({databases}), {format_str(f'^{re.escape(table)}$')})"
        )
        client.command(
            f"CREATE OR REPLACE VIEW {area}.{name} ({told}) SQL SECURITY INVOKER"
            f" AS SELECT {', '.join(quote_identifier(column) for column in columns)} FROM {everything}.{name}"
            f" WHERE _database = concat('{area}_r', toString(tupleElement({_POINTER}, 1)))"
            f" COMMENT {format_str(comment)}"
        )


def _columns(client: Client, condition: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Table → column → type and comment, in the order of the columns."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    sql = f"SELECT table, name, type, comment FROM system.columns WHERE {condition} ORDER BY database, table, position"
    for table, name, type_, comment in _rows(client, sql):
        found.setdefault(table, {})[name] = (type_, comment)
    return found


def _forget(client: Client, area: str, release_id: int) -> None:
    """Tables that the shown release does not have."""
    has = {name for (name,) in _rows(client, f"SHOW TABLES FROM {release_of(area, release_id)}")} | {CURRENT}
    for database in (area, releases_of(area)):
        for (name,) in _rows(client, f"SHOW TABLES FROM {database}"):
            if name not in has and f"{database}.{name}" != _SWITCHES:
                client.command(f"DROP TABLE IF EXISTS {database}.{quote_identifier(name)}")


def has(client: Client, database: str) -> bool:
    """Whether there is a database of this name."""
    return bool(_rows(client, f"EXISTS DATABASE {database}")[0][0])


def _rows(client: Client, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.query(sql).result_rows]


def _id_of(decision: Event) -> int:
    if decision.release_id is None:
        raise ValueError("a decision names a release")
    return decision.release_id
