"""Small tables for tests of jobs: rows as dictionaries of plain values → frames of a contract's columns."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Zone, contract

Rows = Sequence[dict[str, Any]]
_BRONZE = {"_batch": 1, "_origin": "origin", "_partition": 0, "_status": "accepted"}
_AS_TEXT = ("timestamp", "date", "decimal")


@pytest.fixture
def table(spark: SparkSession) -> Callable[..., DataFrame]:
    """table(address, zone, rows): instants as text in UTC, arrays as JSON; what a row leaves out is null.

    Bronze rows land in the order given, a second apart.
    """
    return partial(frame_of, spark)


def frame_of(spark: SparkSession, address: str, zone: Zone, rows: Rows) -> DataFrame:
    """The same where a fixture of one test cannot be had."""
    wanted = tables.columns(contract(address), zone)
    filled = [{**_landed(at), **row} if zone is Zone.BRONZE else row for at, row in enumerate(rows)]
    unknown = {name for row in filled for name in row} - {column.name for column in wanted}
    assert not unknown, f"{address} has no {unknown}"
    values = [tuple(_text(row.get(column.name)) for column in wanted) for row in filled]
    texts = spark.createDataFrame(values, ", ".join(f"`{column.name}` string" for column in wanted))
    return texts.select(*(_typed(column.name, column.type) for column in wanted))


def _landed(at: int) -> dict[str, Any]:
    return {**_BRONZE, "_offset": at, "_logged_at": f"2025-01-01 00:{at // 60:02}:{at % 60:02}"}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _typed(name: str, type_: str):
    column = F.from_json(name, type_) if type_.startswith("array") else F.col(name).cast(type_)
    return column.alias(name)


@pytest.fixture
def metrics(table) -> Callable[..., DataFrame]:
    """metrics(metric_type, rows): bronze rows of health metrics."""

    def make(metric_type: str, *rows: dict[str, Any]) -> DataFrame:
        defaults = {"event_id": "event", "device_id": "watch", "metric_type": metric_type, "measured_offset_minutes": 0}
        return table("wearables/health_metrics", Zone.BRONZE, [{**defaults, **row} for row in rows])

    return make


@pytest.fixture
def devices(table) -> Callable[..., DataFrame]:
    """devices(rows): ownerships as known since the beginning of time; by default Ann's watch."""

    def make(*rows: dict[str, Any]) -> DataFrame:
        ann = {"device_id": "watch", "user_id": "ann", "priority": 1}
        since = {"owned_from": "1970-01-01", "valid_from": "1970-01-01", "_batch": 1}
        return table("app_db/devices", Zone.SILVER, [{**since, **row} for row in rows or [ann]])

    return make


@pytest.fixture
def users(table) -> Callable[..., DataFrame]:
    """users(rows): versions of users, in force since the beginning of time; by default Ann in Berlin."""

    def make(*rows: dict[str, Any]) -> DataFrame:
        ann = {"user_id": "ann", "time_zone": "Europe/Berlin"}
        since = {"valid_from": "1970-01-01", "_batch": 1}
        return table("app_db/users", Zone.SILVER, [{**since, **row} for row in rows or [ann]])

    return make


@pytest.fixture
def values() -> Callable[..., list[tuple]]:
    """values(frame, *columns): sorted tuples; instants, dates and decimals as text."""

    def read(frame: DataFrame, *columns: str) -> list[tuple]:
        types = dict(frame.dtypes)
        shown = [F.col(c).cast("string") if types[c].startswith(_AS_TEXT) else F.col(c) for c in columns]
        return sorted((tuple(row) for row in frame.select(*shown).collect()), key=str)

    return read
