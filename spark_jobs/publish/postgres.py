"""Publishes gold and the histories of people and things into Postgres: pins → schema `gold`, by COPY.

All in one transaction: readers see every table as it was until the commit. Only dates whose data files changed
since the version published last are deleted and copied anew. dbt builds the next release from `gold`.
"""

from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_postgresql import dbapi

from lake_layout import tables
from lake_layout.profile import profile
from lake_layout.warehouse_names import REPORTS, SCAFFOLDS, next_of
from spark_jobs import storage
from spark_jobs.publish import delta, pins, postgres_tables, reader_access
from spark_jobs.publish.pins import Pin
from spark_jobs.publish.postgres_tables import PUBLICATIONS, SCHEMA


def publish(chosen: Iterable[Pin], release_id: int, published_at: datetime) -> dict[str, object]:
    """Make `gold` hold the chosen versions, and say so in `gold.publications`, in one transaction.

    What an earlier build left is dropped. The summary counts the rows copied.
    """
    reader_access.grant()
    copied: dict[str, object] = {}
    with dbapi.connect(profile().postgres_dsn(profile().postgres.warehouse_database)) as connection:
        with closing(connection.cursor()) as cursor:
            for area in (REPORTS, *SCAFFOLDS):
                cursor.execute(f"DROP SCHEMA IF EXISTS {next_of(area)} CASCADE")
            before = _published_before(cursor)
            for pin in pins.for_reports(chosen):
                copied[pin.contract.address] = _replace(cursor, pin, before.get(pin.contract.address))
            _write_publications(cursor, pins.for_reports(chosen), release_id, published_at)
        connection.commit()
    return {"copied_rows": copied}


def _published_before(cursor: Any) -> dict[str, dict[str, Any]]:
    """What `gold.publications` says, by dataset; another publication waits from here on."""
    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for statement in postgres_tables.PUBLICATIONS_TABLE:
        cursor.execute(statement)
    cursor.execute(f"LOCK TABLE {PUBLICATIONS} IN EXCLUSIVE MODE")
    cursor.execute(f"SELECT dataset, lake_table_id, lake_version FROM {PUBLICATIONS}")
    return {row["dataset"]: row for row in cursor.fetch_arrow_table().to_pylist()}


def _replace(cursor: Any, pin: Pin, before: dict[str, Any] | None) -> int:
    """Bring one table to the pinned version; gives the number of rows copied."""
    is_new = postgres_tables.ensure(cursor, pin)
    dates = None if is_new or before is None else _changed(pin, before)
    if dates == []:
        return 0
    condition = "" if dates is None else f" WHERE {_in(pin, dates)}"
    cursor.execute(f"DELETE FROM {SCHEMA}.{pin.name}{condition}")
    if pin.version is None:
        return 0
    rows = _rows(pin, dates)
    return int(cursor.adbc_ingest(pin.name, rows, mode="append", db_schema_name=SCHEMA))


def _changed(pin: Pin, before: dict[str, Any]) -> list[date] | None:
    was, now = (before["lake_table_id"], before["lake_version"]), (pin.table_id, pin.version)
    return delta.changed_dates(pin.contract, pin.zone, was, now)


def _in(pin: Pin, dates: Iterable[date]) -> str:
    listed = ", ".join(f"DATE '{day.isoformat()}'" for day in dates)
    return f"{delta.date_column(pin.contract, pin.zone)} IN ({listed})"


def _rows(pin: Pin, dates: list[date] | None) -> pa.RecordBatchReader:
    table = delta.open_table(pin.contract, pin.zone, pin.version)
    if table is None:
        raise LookupError(f"{pin.contract.address}: version {pin.version} is gone from the lake")
    wanted = [column.name for column in pin.columns if column.name in pin.present]
    day = pc.field(delta.date_column(pin.contract, pin.zone) or "")
    chosen = None if dates is None else day.isin(pa.array(dates, pa.date32()))
    rows = storage.dataset(table, tables.path(pin.contract, pin.zone))
    return rows.scanner(columns=wanted, filter=chosen).to_reader()


def _write_publications(cursor: Any, chosen: Iterable[Pin], release_id: int, published_at: datetime) -> None:
    cursor.execute(f"DELETE FROM {PUBLICATIONS}")
    rows = [pin.publication(release_id, published_at) for pin in chosen]
    table = pa.Table.from_pylist(rows, schema=postgres_tables.PUBLICATIONS_SCHEMA)
    cursor.adbc_ingest("publications", table, mode="append", db_schema_name=SCHEMA)
