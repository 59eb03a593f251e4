"""What the warehouses hold of gold, held against the version of the lake that they say they show: count and hash.

ClickHouse: the marts of a release that are made from one gold table, by the columns they have in common with it.
Postgres: the copies in schema `gold`, of the tables that are copied there. In both, what dbt built must come from the
versions that the release names: the one that is being made, or else the current one, and then both must show it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import psycopg

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, in_order
from lake_layout.profile import profile
from lake_layout.warehouse_names import CURRENT, REPORTS, next_of, release_of
from spark_jobs import commits, storage
from spark_jobs.publish import clickhouse, delta
from spark_jobs.release import log
from spark_jobs.verify import fingerprints
from spark_jobs.verify.findings import Finding, Verdict, findings, some
from spark_jobs.verify.fingerprints import CLICKHOUSE, DUCKDB, POSTGRES, Dialect
from spark_jobs.verify.scope import Scope, dates_in

Query = Callable[[str], list[tuple[Any, ...]]]
ByDate = dict[date, tuple[int, int]]
"""Date → rows and the sum of their hashes."""


@dataclass(frozen=True)
class Warehouse:
    """One database: where it says what it shows, and where the tables stand that hold gold row by row."""

    name: str
    dialect: Dialect
    publications: str
    freshness: str
    schema: str
    holds_marts: bool
    shown: str


def check(scope: Scope = Scope.EVERYTHING, release_id: int | None = None, *, is_staged: bool = False) -> list[Finding]:
    """Look into both warehouses at a release: the one that is staged, or the current one.

    Raises ConnectionError if one of them does not answer.
    """
    decided = log.read()
    release_id = release_id or decided.current
    if release_id is None:
        none = "nothing has been released yet: lake run daily_etl"
        return [Finding("release", "all", Verdict.WARNING, none)]
    marts, reports, lake = (
        next_of(area) if is_staged else release_of(area, release_id) for area in ("marts", REPORTS, "lake")
    )
    there = Warehouse(
        "clickhouse", CLICKHOUSE, f"{lake}.publications", f"{marts}.freshness", marts, True, f"marts.{CURRENT}"
    )
    here = Warehouse(
        "postgres", POSTGRES, "gold.publications", f"{reports}.freshness", "gold", False, f"{REPORTS}.{CURRENT}"
    )
    pinned = {pin.dataset: pin.lake_version for pin in decided.pins(release_id)}
    found = []
    for warehouse, connected in ((there, _clickhouse), (here, _postgres)):
        with connected() as query:
            if not is_staged:
                found.append(_shows(warehouse, query, release_id))
            found += _checked(warehouse, query, scope, pinned)
    return found


def _shows(warehouse: Warehouse, query: Query, release_id: int) -> Finding:
    """Whether readers of the database are shown the release that was decided."""
    shown = [row[0] for row in query(f"SELECT release_id FROM {warehouse.shown}")]
    if shown == [release_id]:
        return Finding("release", warehouse.name, Verdict.GOOD, f"release {release_id} is shown")
    words = f"release {release_id} was decided, {some(shown)} is shown: python -m spark_jobs release"
    return Finding("release", warehouse.name, Verdict.WRONG, words)


@contextmanager
def _clickhouse() -> Iterator[Query]:
    with clickhouse.owner() as client:
        yield lambda sql: [tuple(row) for row in client.query(sql).result_rows]


@contextmanager
def _postgres() -> Iterator[Query]:
    dsn = profile().postgres_dsn(profile().postgres.warehouse_database)
    try:
        connection = psycopg.connect(dsn, connect_timeout=profile().timeouts.connect)
    except psycopg.OperationalError as error:
        raise ConnectionError(f"Postgres: {error}") from error
    with connection:
        yield lambda sql: connection.execute(sql.encode()).fetchall()


def _checked(warehouse: Warehouse, query: Query, scope: Scope, pinned: Mapping[str, int | None]) -> list[Finding]:
    """`pinned` are the versions that the release names; Postgres's copies are of what was published last."""
    published: dict[str, int | None] = dict(query(f"SELECT dataset, lake_version FROM {warehouse.publications}"))
    built: dict[str, list[tuple[str, int]]] = {}
    for table, dataset, version in query(f"SELECT table_name, dataset, lake_version FROM {warehouse.freshness}"):
        built.setdefault(dataset, []).append((table, version))
    found = []
    for of in in_order(Zone.GOLD):
        if not (warehouse.holds_marts or of.is_in_postgres):
            continue
        version = published.get(of.address)
        marts = built.get(of.address, [])
        named = pinned.get(of.address)
        stale = [
            f"{table} was built from version {had}, the release names {named}" for table, had in marts if had != named
        ]
        holders = [table for table, _ in marts] if warehouse.holds_marts else [tables.flat_name(of)]
        wrong = [words for table in holders for words in _unlike(warehouse, query, of, table, version, scope)]
        newest = delta.open_table(of, Zone.GOLD)
        behind = newest is not None and commits.moved_since(newest, version)
        found += findings(
            f"{warehouse.name} = gold",
            of.address,
            wrong=[*stale, *wrong],
            warnings=["gold has a newer version than the one published"] if behind else (),
            good=f"version {version}: {some(holders)}",
        )
    return found


def _unlike(
    warehouse: Warehouse, query: Query, of: Contract, table: str, version: int | None, scope: Scope
) -> list[str]:
    """What differs, by date; a table that does not exist in the lake has no rows anywhere."""
    where = f"table_schema = '{warehouse.schema}' AND table_name = '{table}'"
    present = {row[0] for row in query(f"SELECT column_name FROM information_schema.columns WHERE {where}")}
    columns = [column for column in tables.shown(of) if column.name in present]
    dates = None if scope is Scope.EVERYTHING else dates_in(of, Zone.GOLD, scope)

    def sql(dialect: Dialect, name: str) -> str:
        return fingerprints.by_date(dialect, name, columns, str(of.partition), dates)

    gold = _of_lake(of, version, sql(DUCKDB, "gold"))
    held = _by_date(query(sql(warehouse.dialect, f"{warehouse.schema}.{table}")))
    days = sorted(on for on in gold.keys() | held.keys() if gold.get(on) != held.get(on))
    if not days:
        return []
    words = (f"{on}: {_rows(gold, on)} rows in gold, {_rows(held, on)} here{_same(gold, held, on)}" for on in days)
    return [f"{warehouse.schema}.{table}: {some(words)}; build it again: lake run daily_etl"]


def _of_lake(of: Contract, version: int | None, sql: str) -> ByDate:
    table = None if version is None else delta.open_table(of, Zone.GOLD, version)
    if table is None:
        return {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("gold", storage.dataset(table, tables.path(of, Zone.GOLD)))
        return _by_date(connection.execute(sql).fetchall())


def _by_date(rows: list[tuple[Any, ...]]) -> ByDate:
    return {on: (int(count), int(fingerprint)) for on, count, fingerprint in rows}


def _rows(of: ByDate, on: date) -> int:
    return of.get(on, (0, 0))[0]


def _same(gold: ByDate, held: ByDate, on: date) -> str:
    return ", not the same ones" if _rows(gold, on) == _rows(held, on) else ""
