"""What is measured, and whether two pipelines made the same of it: tables, their files, checksums without an order."""

import duckdb

from lake_layout import tables
from lake_layout.contracts import Column, Contract, Zone, contract
from spark_jobs import storage

SOURCES = (
    "wearables/health_metrics",
    "workouts/workout_data",
    "app/user_events",
    "social/social_events",
    "ai_coach/ai_interactions",
)
PEOPLE = ("app_db/users", "app_db/devices")
"""Histories that every pipeline finds ready."""
SILVER = (
    "wearables/heart_rate_readings",
    "wearables/step_intervals",
    "workouts/workout_sessions",
    "app/user_sessions",
    "social/interactions",
    "ai_coach/conversation_turns",
)
GOLD = (
    "health/heart_rate_1m",
    "health/heart_rate_1h",
    "health/hourly_steps",
    "app/user_sessions_daily",
    "social/interaction_frequency",
    "ai_coach/conversation_quality_daily",
)
MARTS = GOLD[1:]
"""Those of gold that go into both warehouses; minutes are what hours are made of."""
ZONES = ((Zone.RAW, SOURCES), (Zone.BRONZE, SOURCES), (Zone.SILVER, SILVER), (Zone.GOLD, GOLD))


def scan(of: Contract, zone: Zone, root: str | None = None) -> str:
    """What DuckDB selects from for the rows of a table; `root` is another place than the lake.

    Raises LookupError: the table has no files.
    """
    table = storage.open_table(tables.path(of, zone, root))
    found = table.file_uris() if table else []
    if not found:
        raise LookupError(f"{of.address}@{zone}: no files")
    return f"read_parquet({found}, hive_partitioning = true)"


def checksums(root: str | None = None) -> dict[str, str]:
    """Table → rows and checksum of what pipelines must agree about, whatever the order of rows.

    Raw: positions and bytes. Bronze: which record was accepted and which rejected, and what typing made of it. Silver
    and gold: all columns that people see, of accepted rows.
    """
    return {
        f"{address}@{zone}": checksum(contract(address), zone, root=root)
        for zone, chosen in ZONES
        for address in chosen
    }


def landed_bytes(root: str | None = None, newest: bool = False) -> int:
    """Bytes of the messages in all raw tables, or in the newest batch of each of ours."""
    with duckdb.connect() as database:
        total = 0
        for address in SOURCES:
            rows = scan(contract(address), Zone.RAW, root)
            where = f"WHERE _batch = (SELECT max(_batch) FROM {rows})" if newest else ""
            found = database.sql(
                f"SELECT coalesce(sum(octet_length(_value)), 0)::BIGINT FROM {rows} {where}"
            ).fetchall()
            total += found[0][0]
    return total


def checksum(of: Contract, zone: Zone, among: str = "true", root: str | None = None) -> str:
    """That of the rows of one table of which a predicate is true."""
    with duckdb.connect() as database:
        database.execute("LOAD icu; SET TimeZone = 'UTC'")
        where = f"({among})" + (" AND _status = 'accepted'" if zone is Zone.SILVER else "")
        columns = ", ".join(_as_text(column) for column in _compared(of, zone))
        sql = f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM {scan(of, zone, root)} WHERE {where}"
        count, total = database.sql(sql).fetchall()[0]
    return f"{count} rows {(total or 0) % 2**64:016x}"


def _compared(of: Contract, zone: Zone) -> list[Column]:
    if zone is Zone.RAW:
        names = {"_partition", "_offset", "_key", "_value"}
        return [column for column in tables.columns(of, zone) if column.name in names]
    if zone is Zone.BRONZE:
        names = {column.name for column in tables.typed(of)} | {"_partition", "_offset", "_status", "_is_late"}
        return [column for column in tables.columns(of, zone) if column.name in names]
    return [column for column in tables.columns(of, zone) if not column.name.startswith("_")]


def _as_text(column: Column) -> str:
    """SQL that is equal for equal values, whatever type an engine has written them as."""
    if column.type == "timestamp":
        return f"epoch_us({column.name})"
    types: dict[str, str] = {"int": "BIGINT", "bigint": "BIGINT", "double": "DOUBLE", "string": "VARCHAR"}
    of = types.get(column.type, column.type.upper().replace("BINARY", "BLOB"))
    return f"{column.name}::{of}"
