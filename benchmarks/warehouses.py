"""Both warehouses as every pipeline finds them, with empty tables of the marts; and what they hold."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from lake_layout import tables as layout
from lake_layout.contracts import Contract, contract
from lake_layout.profile import profile
from spark_jobs.publish import clickhouse, postgres_tables, sql_types
from spark_jobs.publish.pins import Pin

DATABASE = "bench"


def reset(marts: Sequence[str]) -> None:
    """Empty tables of these datasets, in ClickHouse's database `bench` and in Postgres' schema `gold`."""
    with clickhouse.owner() as client:
        client.command(f"DROP DATABASE IF EXISTS {DATABASE}")
        client.command(f"CREATE DATABASE {DATABASE}")
        for of in map(contract, marts):
            columns = ", ".join(f"`{c.name}` {_clickhouse_type(of, c.name, c.type)}" for c in layout.shown(of))
            order = ", ".join(of.key)
            client.command(
                f"CREATE TABLE {DATABASE}.{layout.flat_name(of)} ({columns}) ENGINE MergeTree ORDER BY ({order})"
            )
    with _postgres() as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {postgres_tables.SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {postgres_tables.SCHEMA}")
        for of in map(contract, marts):
            columns = ", ".join(f"{c.name} {sql_types.postgres(c.type)}" for c in layout.shown(of))
            connection.execute(
                f"CREATE TABLE {postgres_tables.SCHEMA}.{layout.flat_name(of)} ({columns},"
                f" PRIMARY KEY ({', '.join(of.key)}))"
            )


def _clickhouse_type(of: Contract, name: str, type_: str) -> str:
    """A column of the key is never null, as an order key must not be."""
    nullable = sql_types.clickhouse(type_)
    return nullable.removeprefix("Nullable(").removesuffix(")") if name in of.key else nullable


def pull(chosen: Sequence[Pin]) -> None:
    """ClickHouse reads the lake's files itself, as it does for every release."""
    with clickhouse.owner() as client:
        for pin in chosen:
            client.command(f"INSERT INTO {DATABASE}.{pin.name} {clickhouse.rows(pin)}")


def insert(of: Contract, rows: pa.Table) -> None:
    """Arrow rows → ClickHouse by native insert, Postgres by COPY."""
    insert_into_clickhouse(of, rows)
    copy_into_postgres(of, rows)


def insert_into_clickhouse(of: Contract, rows: pa.Table) -> None:
    with clickhouse.owner() as client:
        client.insert_arrow(layout.flat_name(of), rows, database=DATABASE)


def copy_into_postgres(of: Contract, rows: pa.Table) -> None:
    with dbapi.connect(profile().postgres_dsn(profile().postgres.warehouse_database)) as connection:
        with connection.cursor() as cursor:
            cursor.adbc_ingest(layout.flat_name(of), rows, mode="append", db_schema_name=postgres_tables.SCHEMA)
        connection.commit()


def checksums(marts: Sequence[str]) -> dict[str, str]:
    """Dataset and warehouse → rows and checksum, whatever the order of rows."""
    found = {}
    with clickhouse.owner() as client, _postgres() as connection:
        for of in map(contract, marts):
            name, names = layout.flat_name(of), [column.name for column in layout.shown(of)]
            hashed = f"cityHash64(toString(tuple({', '.join(names)})))"
            count, total = client.query(f"SELECT count(), sum({hashed}) FROM {DATABASE}.{name}").result_rows[0]
            found[f"{of.address}@clickhouse"] = f"{count} rows {total:016x}"
            row = f"md5(row({', '.join(names)})::text)"
            sql = (
                f"SELECT count(*), sum(('x' || left({row}, 12))::bit(48)::bigint) FROM {postgres_tables.SCHEMA}.{name}"
            )
            [counted] = connection.execute(sql).fetchall()
            found[f"{of.address}@postgres"] = f"{counted[0]} rows {int(counted[1] or 0):016x}"
    return found


def _postgres() -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(profile().postgres_dsn(profile().postgres.warehouse_database))
