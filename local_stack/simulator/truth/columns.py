"""Truth as Arrow: plain Python rows → a table with the types of a contract's columns."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa

from lake_layout.contracts import contract

EPOCH = date(1970, 1, 1)
TYPES = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def arrow_type(type_: str) -> pa.DataType:
    """The Arrow type of a contract's column type."""
    if type_.startswith("decimal("):
        precision, scale = type_.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return TYPES[type_]


def table(address: str, rows: Iterable[dict[str, object]]) -> pa.Table:
    """Rows in the columns of a contract that they have; instants may be ms since 1970."""
    rows = list(rows)
    of = contract(address)
    names = [column.name for column in of.columns if not rows or column.name in rows[0]]
    columns = {}
    for name in names:
        type_ = arrow_type(of.column(name).type)
        values = [row[name] for row in rows]
        if pa.types.is_timestamp(type_):
            values = [value * 1000 if isinstance(value, int) else value for value in values]
        columns[name] = pa.array(values, type=type_)
    return pa.table(columns)


def local_date(instant: int, offset: int) -> date:
    """The date on the wrist at an instant (ms) and UTC offset (min)."""
    return EPOCH + timedelta(days=(instant + offset * 60_000) // 86_400_000)


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of whole numbers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def decimal(whole: int, scale: int) -> Decimal:
    """A whole number of the smallest unit as a decimal: (12345, 3) → 12.345."""
    return Decimal(whole).scaleb(-scale)
