"""A million rows of gold, or ten for ten million events and more → Postgres and ClickHouse, each by its own stage."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from benchmarks import jdbc, warehouses
from benchmarks.workloads import Given
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import commits, session, storage, write
from spark_jobs.publish import pins, postgres
from spark_jobs.publish.pins import Pin

MART = "health/hourly_steps"
_MILLION = 1_000_000
_ROWS = """SELECT DATE'2025-03-24' + cast(id % 7 AS int) AS event_date, format_string('u-%06d', id div 168) AS user_id,
    cast(id div 7 % 24 AS int) AS local_hour, 60 AS utc_offset_minutes, id * 7919 % 4000 AS steps FROM range({})"""


class _Publisher(ABC):
    """A table of gold is there, and its empty tables in both warehouses."""

    @classmethod
    def prepare(cls, given: Given) -> None:
        warehouses.reset([MART])
        prepared(given.events)

    def stages(self) -> dict[str, Callable[[], None]]:
        return {"postgres": self.postgres, "clickhouse": self.clickhouse}

    @abstractmethod
    def postgres(self) -> None:
        """The rows → Postgres."""

    @abstractmethod
    def clickhouse(self) -> None:
        """The rows → ClickHouse."""

    def told(self) -> dict[str, Any]:
        return {"checksums": warehouses.checksums([MART])}


class Ours(_Publisher):
    """Postgres gets COPY of the lake's files, ClickHouse reads them itself."""

    def postgres(self) -> None:
        postgres.publish(self._pins(), 1, datetime.now(UTC))

    def clickhouse(self) -> None:
        warehouses.pull(self._pins())

    def _pins(self) -> list[Pin]:
        return [pin for pin in pins.choose() if pin.contract.address == MART]


class Arrow(_Publisher):
    """The whole table in memory, handed to native inserts."""

    def postgres(self) -> None:
        warehouses.copy_into_postgres(contract(MART), rows_in_memory())

    def clickhouse(self) -> None:
        warehouses.insert_into_clickhouse(contract(MART), rows_in_memory())


def prepared(events: int) -> None:
    """The table of gold, which is left for the next run."""
    of, rows = contract(MART), 10 * _MILLION if events >= 10 * _MILLION else _MILLION
    if storage.open_table(tables.path(of, Zone.GOLD)) is None:
        with session.opened("bench") as spark:
            commit = commits.progress(of, Zone.GOLD).plan({})
            write.replace_all(spark.sql(_ROWS.format(rows)), of, Zone.GOLD, commit)


def rows_in_memory() -> pa.Table:
    of = contract(MART)
    uri = tables.path(of, Zone.GOLD)
    table = storage.open_table(uri)
    assert table
    return storage.dataset(table, uri).to_table(columns=[column.name for column in tables.shown(of)])


class Jdbc(_Publisher):
    """Spark's JDBC writer, on a server that is warm."""

    def postgres(self) -> None:
        self._write(jdbc.into_postgres)

    def clickhouse(self) -> None:
        self._write(jdbc.into_clickhouse)

    def _write(self, into: Callable[[DataFrame, Contract], None]) -> None:
        of = contract(MART)
        with session.opened("bench jdbc") as spark:
            into(spark.read.format("delta").load(tables.path(of, Zone.GOLD)), of)
