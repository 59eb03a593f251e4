"""Lines of CSV files → fields, each line by the header line of its own file."""

import csv
from collections.abc import Sequence
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake_layout import contracts
from lake_layout.contracts import Contract, Files
from spark_jobs.bronze.fields import (
    FIELDS,
    NOT_UTF8,
    TOMBSTONE,
    UNREADABLE,
    header_text,
    no_fields,
    source_names,
    text_of,
)
from spark_jobs.commits import Commit

_DAMAGED = "_damaged"
# The parser raises above 20,480 cells, whatever its mode; each name of a header is a column of the plan.
_MOST_CELLS = 20_000
_LONGEST_HEADER = 10_000


def decode(raw: DataFrame, of: Contract, _commits: Sequence[Commit]) -> DataFrame:
    """Adds `_fields` and `_unreadable`; a file without a column of the contract is rejected line by line."""
    value, text, parsed = F.col("_value"), F.col("_text"), F.col("_parsed")
    header = header_text("header")
    frame = raw.withColumn("_text", text_of(value))
    frame = frame.withColumn("_header", F.when(F.length(header) <= _LONGEST_HEADER, header))
    headers = [row[0] for row in frame.select("_header").distinct().collect() if row[0] is not None]
    frame = frame.withColumn("_parsed", _parse(of, headers))
    unreadable = (
        F.when(value.isNull(), TOMBSTONE)
        .when(text.isNull(), NOT_UTF8)
        .when(
            F.col("_header").isNull(), f"not_csv: the file has no header line of at most {_LONGEST_HEADER:,} characters"
        )
    )
    for names in headers:
        if missing := _missing(of, names):
            unreadable = unreadable.when(F.col("_header") == names, f"missing_column: the file has no {missing}")
    unreadable = unreadable.when(parsed.getField(_DAMAGED), "not_csv: the line does not fit its file's header")
    return frame.withColumn(UNREADABLE, unreadable).withColumn(FIELDS, parsed).drop("_text", "_header", "_parsed")


def _names(header: str) -> list[str]:
    return [name.strip().lower() for name in next(csv.reader([header.lstrip("\ufeff")]), [])]


def _missing(of: Contract, header: str) -> str:
    present = set(_names(header))
    absent = [c.name for c in of.columns if _default(of, c) is None and not present & set(source_names(c))]
    return ", ".join(absent)


def _default(of: Contract, column: contracts.Column) -> str | None:
    return of.origin.defaults.get(column.name) if isinstance(of.origin, Files) else None


def _parse(of: Contract, headers: list[str]) -> Column:
    """The fields by the header of each line; null for a line without one."""
    result = no_fields(of, f"{_DAMAGED}: boolean")
    for header in headers:
        cells = [f"c{index}" for index in range(len(_names(header)))]
        schema = ", ".join(f"{name} string" for name in (*cells, _DAMAGED))
        record = F.from_csv(
            _parsable(F.col("_text")), schema, {"columnNameOfCorruptRecord": _DAMAGED, "mode": "PERMISSIVE"}
        )
        # A function over a list evaluates the record once, however many cells are taken from it.
        fields = F.get(F.transform(F.array(record), partial(_texts, of, header)), F.lit(0))
        result = F.when(F.col("_header") == header, fields).otherwise(result)
    return result


def _parsable(text: Column) -> Column:
    """The line; null where it has more cells than any file's."""
    cells = F.length(text) - F.length(F.replace(text, F.lit(","), F.lit("")))
    return F.when((F.length(text) < _MOST_CELLS) | (cells < _MOST_CELLS), text)


def _texts(of: Contract, header: str, record: Column) -> Column:
    places = {name: f"c{index}" for index, name in enumerate(_names(header))}
    texts = []
    for column in of.columns:
        cells = [record.getField(places[name]) for name in source_names(column) if name in places]
        default = F.lit(_default(of, column)).cast("string")
        texts.append(F.coalesce(*(F.nullif(F.trim(cell), F.lit("")) for cell in cells), default).alias(column.name))
    is_damaged = record.isNull() | record.getField(_DAMAGED).isNotNull()
    return F.struct(*texts, is_damaged.alias(_DAMAGED))
