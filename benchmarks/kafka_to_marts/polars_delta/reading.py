"""Bytes of messages → their fields, a batch at a time: JSON by Polars, the coach's Avro by fastavro."""

import polars as pl
from polars.exceptions import ComputeError

from benchmarks.kafka_to_marts import avro
from lake_layout.contracts import Contract

_AT_ONCE = 20_000
UNREADABLE = "is_unreadable"


def json_fields(of: Contract) -> pl.Struct:
    return pl.Struct({column.name: pl.String for column in of.columns} | {UNREADABLE: pl.Boolean})


def avro_fields(of: Contract) -> pl.Struct:
    numbers = {column.name: pl.Int32 for column in of.columns if column.type == "int"}
    return pl.Struct({**json_fields(of).to_schema(), **numbers})


def read_json(values: pl.Series, fields: pl.Struct) -> pl.Series:
    """All fields as texts; numbers are typed later, for a wrong one must not fail the others.

    A few megabytes at a time, for the system gives and takes larger buffers each time.
    """
    parts = [_read_json(part.to_series(), fields) for part in values.to_frame().iter_slices(_AT_ONCE)]
    return pl.concat(parts) if parts else pl.Series(dtype=fields)


def _read_json(values: pl.Series, fields: pl.Struct) -> pl.Series:
    """`read_ndjson` is much faster than `json_decode`, but one broken text fails all.

    To look for broken ones takes as long as reading. Nearly all of them lack their end: without these it is tried.
    """
    texts = values.cast(pl.String, strict=False).alias("text").to_frame()
    text = pl.col("text")
    is_whole = text.str.ends_with("}") & ~text.str.contains("\n", literal=True)
    others = pl.when(~is_whole).then(text)
    try:
        return _parsed(texts.with_columns(is_json=is_whole.fill_null(False) | _is_json(others)), fields)
    except ComputeError:
        return _parsed(texts.with_columns(is_json=_is_json(text)), fields)


def _is_json(text: pl.Expr) -> pl.Expr:
    return text.str.json_path_match("$").is_not_null()


def _parsed(texts: pl.DataFrame, fields: pl.Struct) -> pl.Series:
    line = pl.when("is_json").then(pl.col("text").str.replace_all("\n", " ", literal=True)).otherwise(pl.lit("{}"))
    lines = texts.select(line.str.join("\n")).item()
    schema = {name: of for name, of in fields.to_schema().items() if name != UNREADABLE}
    found = pl.read_ndjson(lines.encode(), schema=schema, ignore_errors=True)
    return found.with_columns((~texts["is_json"]).alias(UNREADABLE)).to_struct()


def read_avro(values: pl.Series, fields: pl.Struct) -> pl.Series:
    """The fields of messages in the Confluent wire format."""
    read, none = avro.reader(), {UNREADABLE: True}
    found = (read(value) for value in values)
    return pl.Series((none if one is None else one | {UNREADABLE: False} for one in found), dtype=fields)
