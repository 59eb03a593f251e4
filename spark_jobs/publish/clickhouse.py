"""Publishes the lake into ClickHouse: pins → database `lake`, one view per dataset over its Delta table, pinned.

No row is copied. A view is replaced atomically, so a query sees one version or the other.
Alone: `python -m spark_jobs publish clickhouse`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import clickhouse_connect
from clickhouse_connect.driver.binding import format_query_value, format_str
from clickhouse_connect.driver.client import Client

from lake_layout import tables
from lake_layout.contracts import Column
from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.publish import pins, sql_types
from spark_jobs.publish.pins import Pin

DATABASE = "lake"
PUBLICATIONS = "publications"
# Endpoint and keys of the bucket, kept by ClickHouse under this name, so that no statement carries them.
_BUCKET_KEYS = "lake"


def run() -> dict[str, object]:
    """Publish the newest versions; gives the summary."""
    return publish(pins.choose(), datetime.now(UTC))


def publish(chosen: Iterable[Pin], published_at: datetime) -> dict[str, object]:
    """Point every view at the chosen version, then say so in `lake.publications`."""
    chosen = list(chosen)
    with owner() as client:
        client.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        for pin in chosen:
            client.command(_view(pin))
        client.command(_publications(chosen, published_at))
    return {"clickhouse": {pin.contract.address: pin.version for pin in chosen if pin.version is not None}}


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
    body = _no_rows(pin) if pin.version is None else _rows(pin, pin.version)
    name = f"{DATABASE}.{pin.name}"
    return f"CREATE OR REPLACE VIEW {name} ({columns}) AS {body} COMMENT {format_str(pin.contract.description)}"


def _rows(pin: Pin, version: int) -> str:
    shown = ", ".join(_shown(pin, column) for column in pin.columns)
    accepted = f" WHERE _status = '{tables.ACCEPTED}'" if tables.has_status(pin.contract, pin.zone) else ""
    return f"SELECT {shown} FROM {_table_function(pin)}{accepted} SETTINGS delta_lake_snapshot_version = {version}"


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


def _publications(chosen: Iterable[Pin], published_at: datetime) -> str:
    structure = (
        "dataset String, lake_zone String, lake_table_id Nullable(String), lake_version Nullable(Int64),"
        " row_count Int64, newest_date Nullable(Date32), published_at DateTime64(6, 'UTC')"
    )
    rows = ", ".join(format_query_value(tuple(pin.publication(published_at).values())) for pin in chosen)
    return (
        f"CREATE OR REPLACE VIEW {DATABASE}.{PUBLICATIONS} ({structure})"
        f" AS SELECT * FROM values({format_str(structure)}, {rows})"
        " COMMENT 'What the views of this database show. One row per dataset.'"
    )
