"""Rows of a table in numbers that are the same in DuckDB, ClickHouse and Postgres: by date, how many and their hash.

A row's hash is the first 60 bits of the md5 of its values as text, joined by `|`; a date's is the sum over its rows.
Values become text by way of integers (a decimal times its scale, microseconds, days), for engines write numbers each
in their own way.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lake_layout import names
from lake_layout.contracts import Column

_DECIMAL = re.compile(r"decimal\(\d+,\s*(\d+)\)")
_NULL = "'<null>'"


@dataclass(frozen=True)
class Dialect:
    """How an engine writes a value of each type as text, joins texts, and sums a hash of them."""

    texts: Mapping[str, str]
    joined: str
    hashed: str


DUCKDB = Dialect(
    {
        "string": "{c}",
        "boolean": "cast({c} as int)::varchar",
        "integer": "{c}::varchar",
        "decimal": "cast({c} * {scale} as hugeint)::varchar",
        "date": "({c} - date '1970-01-01')::varchar",
        "timestamp": "epoch_us({c})::varchar",
    },
    "concat_ws('|', {values})",
    "sum(('0x' || left(md5({text}), 15))::bigint)",
)
POSTGRES = Dialect(
    {
        "string": "{c}",
        "boolean": "{c}::int::text",
        "integer": "{c}::text",
        "decimal": "({c} * {scale})::numeric(38, 0)::text",
        "date": "({c} - date '1970-01-01')::text",
        "timestamp": "(extract(epoch from {c}) * 1000000)::bigint::text",
    },
    "concat_ws('|', {values})",
    "sum(('x' || left(md5({text}), 15))::bit(60)::bigint)",
)
CLICKHOUSE = Dialect(
    {
        "string": "{c}",
        "boolean": "toString(toUInt8({c}))",
        "integer": "toString({c})",
        "decimal": "toString(toInt128(toDecimal256({c}, {digits}) * {scale}))",
        "date": "toString(dateDiff('day', toDate32('1970-01-01'), toDate32({c})))",
        "timestamp": "toString(toUnixTimestamp64Micro(toDateTime64({c}, 6)))",
    },
    "concatWithSeparator('|', {values})",
    "sum(toInt128(reinterpretAsUInt64(reverse(unhex(concat('0', left(lower(hex(MD5({text}))), 15)))))))",
)


def by_date(dialect: Dialect, table: str, columns: Sequence[Column], day: str, dates: Collection[date] | None) -> str:
    """SQL of (date, rows, hash) of some dates of a table, or of all."""
    values = ", ".join(_text(dialect, column) for column in columns)
    hashed = dialect.hashed.format(text=dialect.joined.format(values=values))
    listed = ", ".join(f"'{on.isoformat()}'" for on in sorted(dates or ()))
    wanted = f" WHERE {day} IN ({listed})" if dates else ""
    return f"SELECT {names.column_name(day)}, count(*), {hashed} FROM {table}{wanted} GROUP BY 1"


def _text(dialect: Dialect, column: Column) -> str:
    """Raises ValueError: a type that cannot be compared across engines, such as a double."""
    decimal = _DECIMAL.fullmatch(column.type)
    kind = "decimal" if decimal else {"int": "integer", "bigint": "integer"}.get(column.type, column.type)
    if kind not in dialect.texts:
        raise ValueError(f"{column.name}: {column.type} has no text that is the same in every database")
    digits = int(decimal[1]) if decimal else 0
    text = dialect.texts[kind].format(c=names.column_name(column.name), scale=10**digits, digits=digits)
    return f"coalesce({text}, {_NULL})"
