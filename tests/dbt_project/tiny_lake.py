"""Writes Delta tables of a few rows, shaped by their contracts: address + rows → a new version in the lake."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import tiny_gold
from deltalake import CommitProperties, write_deltalake
from tiny_gold import MONDAY, NEXT_MONDAY, TUESDAY, instant

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import commits, storage

_TYPES = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "array<string>": pa.list_(pa.string()),
}


def write(
    address: str, rows: Iterable[Mapping[str, Any]], *, only: date | None = None, without: tuple[str, ...] = ()
) -> None:
    """Replace the table's rows, or those of one date; what a row does not name is null.

    Columns in `without` do not exist in the table.
    """
    of = contract(address)
    zone = of.zones[-1]
    uri = tables.path(of, zone)
    write_deltalake(
        storage.delta_uri(uri),
        _table(of, zone, rows, without),
        mode="overwrite",
        predicate=f"{of.partition} = '{only.isoformat()}'" if only else None,
        commit_properties=CommitProperties(custom_metadata=_batch(of, zone)),
        partition_by=list(tables.partition_columns(of, zone)) or None,
    )


def _table(of: Contract, zone: Zone, rows: Iterable[Mapping[str, Any]], without: tuple[str, ...]) -> pa.Table:
    columns = [column for column in tables.columns(of, zone) if column.name not in without]
    given = [dict(row) for row in rows]
    unknown = {name for row in given for name in row} - {column.name for column in columns}
    assert not unknown, f"{of.address} has no {unknown}"
    fields = [pa.field(column.name, _arrow(column.type)) for column in columns]
    return pa.Table.from_pylist(given, schema=pa.schema(fields))


def _batch(of: Contract, zone: Zone) -> dict[str, str] | None:
    """What the writer tells of a table's first batch; what replaces it here does not count the rows it removes."""
    if commits.exists(tables.path(of, zone)):
        return None
    return {"userMetadata": commits.progress(of, zone).plan({}).as_json()}


def _arrow(type_: str) -> pa.DataType:
    if decimal := re.fullmatch(r"decimal\((\d+),(\d+)\)", type_):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return _TYPES[type_]


_BEGINNING = instant("1970-01-01")

USERS = (
    {
        "user_id": "anna",
        "time_zone": "Europe/Berlin",
        "birth_year": 1980,
        "sex": "female",
        "height_cm": Decimal("170.5"),
        "city": "Köln's \\ best",
        "has_consented": True,
        "created_at": instant("2025-01-01 08:00:00.123456"),
        "valid_from": _BEGINNING,
    },
    {"user_id": "ben", "time_zone": "UTC", "valid_from": _BEGINNING, "valid_to": instant("2025-03-25")},
    {"user_id": "ben", "time_zone": "Asia/Tokyo", "valid_from": instant("2025-03-25")},
)
DEVICES = (
    {
        "device_id": "watch",
        "user_id": "anna",
        "model": "Pulse 3",
        "device_kind": "watch",
        "priority": 1,
        "owned_from": instant("2025-01-01"),
        "valid_from": _BEGINNING,
    },
)
DAILY_ACTIVITY = (
    {
        "user_id": "anna",
        "activity_date": MONDAY,
        "steps": 9000,
        "distance_m": Decimal("6500.125"),
        "active_kcal": Decimal("410.500"),
        "basal_kcal": Decimal("1500.000"),
        "total_kcal": Decimal("1910.500"),
        "active_minutes": 42,
        "sedentary_minutes": 700,
        "resting_heart_rate_bpm": 58,
    },
    {"user_id": "anna", "activity_date": NEXT_MONDAY, "steps": 500},
    {"user_id": "ben", "activity_date": MONDAY, "resting_heart_rate_bpm": 61},
)
HEART_RATE_5M = (
    {
        "user_id": "anna",
        "event_date": MONDAY,
        "window_start_at": instant("2025-03-24 10:05:00"),
        "avg_bpm": Decimal("60.50"),
        "min_bpm": 60,
        "max_bpm": 61,
        "sum_bpm": 121,
        "reading_count": 2,
    },
)
HOURLY_STEPS = (
    {"user_id": "anna", "event_date": MONDAY, "local_hour": 10, "utc_offset_minutes": 60, "steps": 9000},
    {"user_id": "anna", "event_date": NEXT_MONDAY, "local_hour": 0, "utc_offset_minutes": 120, "steps": 500},
)
NIGHTLY_SLEEP = (
    {
        "user_id": "anna",
        "sleep_date": TUESDAY,
        "bed_at": instant("2025-03-24 22:00:00"),
        "wake_at": instant("2025-03-25 06:00:00"),
        "minutes_in_bed": 480,
        "minutes_asleep": 440,
        "minutes_awake": 40,
        "minutes_light": 240,
        "minutes_deep": 100,
        "minutes_rem": 100,
        "efficiency": Decimal("0.9167"),
        "quality_score": 100,
        "minutes_asleep_7d": 440,
        "minutes_asleep_28d": 440,
        "session_count": 1,
        "nap_minutes": 0,
    },
)


def fill() -> None:
    """Write every table that the marts are made from; all others do not exist."""
    write("app_db/users", USERS)
    write("app_db/devices", DEVICES)
    write("health/daily_activity", DAILY_ACTIVITY)
    write("health/heart_rate_5m", HEART_RATE_5M)
    write("health/hourly_steps", HOURLY_STEPS)
    write("health/nightly_sleep", NIGHTLY_SLEEP)
    for address, rows in tiny_gold.MARTS.values():
        write(address, rows)
