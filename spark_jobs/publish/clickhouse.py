"""Publishes the lake into ClickHouse: pins → database `lake_next`, one view per dataset over its Delta table, pinned.

No row is copied. dbt builds the next release from these views; analysts see them when it is released.
"""

from collections.abc import Iterable
from datetime import datetime

import clickhouse_connect
from clickhouse_connect.driver.binding import format_query_value, format_str
from clickhouse_connect.driver.client import Client

from lake_layout import tables
from lake_layout.contracts import Column
from lake_layout.profile import profile
from lake_layout.warehouse_names import AREAS, SCAFFOLDS, next_of
from spark_jobs import storage
from spark_jobs.publish import sql_types
from spark_jobs.publish.pins import Pin

DATABASE = next_of("lake")
PUBLICATIONS = "publications"
# Endpoint and keys of the bucket, kept by ClickHouse under this name, so that no statement carries them.
_BUCKET_KEYS = "lake"


def publish(chosen: Iterable[Pin], release_id: int, published_at: datetime) -> dict[str, object]:
    """A view of each chosen version, and `publications`, which says so. What an earlier build left is dropped."""
    chosen = list(chosen)
    with owner() as client:
        for area in (*AREAS, *SCAFFOLDS):
            client.command(f"DROP DATABASE IF EXISTS {next_of(area)}")
        client.command(f"CREATE DATABASE {DATABASE}")
        for pin in chosen:
            client.command(_view(pin))
        client.command(_publications(chosen, release_id, published_at))
    return {}


def owner() -> Client:
    """A client as the owner of all databases."""
    settings = profile().clickhouse
    return clickhouse_connect.get_client(
        host=settings.host,
        port=settings.port,
        username=settings.user,
        password=settings.password.get_secret_value(),
        connect_timeout=profile().timeouts.connect,
        send_receive_timeout=profile().timeouts.sql_statement,
    )


def _view(pin: Pin) -> str:
    columns = ", ".join(
        f"`{column.name}` {sql_types.clickhouse(column.type)} COMMENT {format_str(column.description)}"
        for column in pin.columns
    )
    body = _no_rows(pin) if pin.version is None else rows(pin)
    name = f"{DATABASE}.{pin.name}"
    return f"CREATE VIEW {name} ({columns}) AS {body} COMMENT {format_str(pin.contract.description)}"


def rows(pin: Pin) -> str:
    """The query of a pin that has a version: ClickHouse reads the lake's files itself."""
    shown = ", ".join(_shown(pin, column) for column in pin.columns)
    accepted = f" WHERE _status = '{tables.ACCEPTED}'" if tables.has_status(pin.contract, pin.zone) else ""
    return f"SELECT {shown} FROM {_table_function(pin)}{accepted} SETTINGS delta_lake_snapshot_version = {pin.version}"


def _shown(pin: Pin, column: Column) -> str:
    # A column that the contract gained since the last write is null.
    if column.name not in pin.present:
        return f"NULL AS `{column.name}`"
    # Delta instants come without a time zone, and the declared one of a view does not always reach its readers.
    if column.type == "timestamp":
        return f"CAST(`{column.name}` AS {sql_types.clickhouse(column.type)}) AS `{column.name}`"
    return f"`{column.name}`"


def _table_function(pin: Pin) -> str:
    uri = tables.path(pin.contract, pin.zone)
    if path := storage.local_path(uri):
        return f"deltaLakeLocal({format_str(path)})"
    key = uri.removeprefix("s3a://").split("/", 1)[1]
    return f"deltaLake({_BUCKET_KEYS}, filename = {format_str(key)})"


def _no_rows(pin: Pin) -> str:
    """For a table that does not exist yet: models build, and find nothing."""
    structure = ", ".join(f"`{column.name}` {sql_types.clickhouse(column.type)}" for column in pin.columns)
    return f"SELECT * FROM null({format_str(structure)})"


def _publications(chosen: Iterable[Pin], release_id: int, published_at: datetime) -> str:
    structure = (
        "dataset String, lake_zone String, lake_table_id Nullable(String), lake_version Nullable(Int64),"
        " row_count Int64, newest_date Nullable(Date32), published_at DateTime64(6, 'UTC'), release_id Int64"
    )
    rows = ", ".join(format_query_value(tuple(pin.publication(release_id, published_at).values())) for pin in chosen)
    return (
        f"CREATE VIEW {DATABASE}.{PUBLICATIONS} ({structure})"
        f" AS SELECT * FROM values({format_str(structure)}, {rows})"
        " COMMENT 'What the views of this database show. One row per dataset.'"
    )
