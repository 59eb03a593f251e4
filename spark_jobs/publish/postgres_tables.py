"""The tables of schema `gold`: pin → a table with the contract's columns, key and comments."""

from typing import Any

import pyarrow as pa
from psycopg import sql

from spark_jobs.publish import sql_types
from spark_jobs.publish.pins import Pin

SCHEMA = "gold"
PUBLICATIONS = f"{SCHEMA}.publications"
PUBLICATIONS_TABLE = (
    f"""CREATE TABLE IF NOT EXISTS {PUBLICATIONS} (
    dataset text PRIMARY KEY,
    lake_zone text NOT NULL,
    lake_table_id text,
    lake_version bigint,
    row_count bigint NOT NULL,
    newest_date date,
    published_at timestamp with time zone NOT NULL
)""",
    f"ALTER TABLE {PUBLICATIONS} ADD COLUMN IF NOT EXISTS release_id bigint",
)
PUBLICATIONS_SCHEMA = pa.schema(
    {
        "dataset": pa.string(),
        "lake_zone": pa.string(),
        "lake_table_id": pa.string(),
        "lake_version": pa.int64(),
        "row_count": pa.int64(),
        "newest_date": pa.date32(),
        "published_at": pa.timestamp("us", "UTC"),
        "release_id": pa.int64(),
    }
)


def ensure(cursor: Any, pin: Pin) -> bool:
    """Make the table, or make it anew where the contract's columns have changed; True if it is empty now.

    Views on a table that is made anew go with it; the next dbt run brings them back.
    """
    wanted = [(column.name, sql_types.postgres(column.type)) for column in pin.columns]
    is_new = _columns(cursor, pin) != wanted
    if is_new:
        cursor.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{pin.name} CASCADE")
        columns = ", ".join(f"{name} {type_}" for name, type_ in wanted)
        cursor.execute(f"CREATE TABLE {SCHEMA}.{pin.name} ({columns}, PRIMARY KEY ({', '.join(_key(pin))}))")
    for statement in _comments(pin):
        cursor.execute(statement)
    return is_new


def _columns(cursor: Any, pin: Pin) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
        f" WHERE attrelid = to_regclass('{SCHEMA}.{pin.name}') AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [(name, type_) for name, type_ in cursor.fetchall()]


def _key(pin: Pin) -> tuple[str, ...]:
    return (*pin.contract.key, "valid_from") if pin.contract.keeps_history else pin.contract.key


def _comments(pin: Pin) -> list[str]:
    table = f"{SCHEMA}.{pin.name}"
    texts = {f"TABLE {table}": pin.contract.description}
    texts |= {f"COLUMN {table}.{column.name}": column.description for column in pin.columns}
    return [f"COMMENT ON {what} IS {sql.Literal(text).as_string(None)}" for what, text in texts.items()]
