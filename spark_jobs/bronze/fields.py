"""What a decoder hands on: one text for each column of the contract, or why the record cannot be read.

raw rows → decoder → raw rows + `_fields` struct<column: string, …> + `_unreadable` string.
"""

from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F

from lake_layout import contracts
from lake_layout.contracts import Contract

FIELDS, UNREADABLE = "_fields", "_unreadable"
TOMBSTONE = "tombstone: the record has no value"
NOT_UTF8 = "not_utf8: the bytes are not UTF-8 text"


def text_of(value: Column) -> Column:
    """The bytes as text; null where they are not UTF-8."""
    return F.try_validate_utf8(value.cast("string"))


def header_text(key: str) -> Column:
    """The text of a header of the raw row, null without it."""
    found = F.filter("_headers", lambda header: header.getField("key") == key)
    return text_of(F.get(found, F.lit(0)).getField("value"))


def source_names(of: contracts.Column) -> tuple[str, ...]:
    """The names under which a source may send a column, the preferred first."""
    return of.source_names or (of.name,)


def all_source_names(of: Contract) -> list[str]:
    return list(dict.fromkeys(name for column in of.columns for name in source_names(column)))


def struct_of(of: Contract, field: Callable[[str], Column]) -> Column:
    """`_fields`, where `field` gives the text that the source sent under a name."""
    return F.struct(*(F.coalesce(*map(field, source_names(column))).alias(column.name) for column in of.columns))


def no_fields(of: Contract, *more: str) -> Column:
    """`_fields` of a record that could not be read; `more` are fields that only a decoder knows."""
    names = ", ".join([*(f"`{column.name}`: string" for column in of.columns), *more])
    return F.lit(None).cast(f"struct<{names}>")
