"""Raw → typed and judged records."""

import polars as pl

from benchmarks.kafka_to_marts.polars_delta import reading, times
from benchmarks.kafka_to_marts.polars_delta.rules import RULES
from lake_layout.contracts import Column, Contract

_AVRO = "ai_coach/ai_interactions"
_KEPT = ("_partition", "_offset", "_logged_at", "_value")
_NONE = pl.lit([], pl.List(pl.String))
_LATE = pl.duration(hours=1)


def records(of: Contract, raw: pl.LazyFrame) -> pl.LazyFrame:
    """What bronze has of the raw records of a source."""
    happened = pl.col(str(of.event_time))
    reasons = [pl.when(is_broken).then(pl.lit(reason)) for reason, is_broken in _rules(of).items()]
    # As one text first, for that is empty nearly always: to make a list of each row's would take ten times as long.
    judged = _typed(of, raw).with_columns(told=pl.concat_str(reasons, separator="\n", ignore_nulls=True))
    is_bad = pl.col("told") != ""
    return judged.select(
        pl.exclude("_value", "told", reading.UNREADABLE),
        _event_date=pl.coalesce(happened, "_logged_at").dt.date(),
        _is_late=(pl.col("sent_at") - happened > _LATE).fill_null(False),
        _status=pl.when(is_bad).then(pl.lit("rejected")).otherwise(pl.lit("accepted")),
        _reasons=pl.when(is_bad).then(pl.col("told").str.split("\n")).otherwise(_NONE),
        _payload=pl.when(is_bad).then("_value"),
    )


def _typed(of: Contract, raw: pl.LazyFrame) -> pl.LazyFrame:
    if of.address == _AVRO:
        fields, read = reading.avro_fields(of), reading.read_avro
    else:
        fields, read = reading.json_fields(of), reading.read_json
    found = pl.col("_value").map_batches(lambda values: read(values, fields), fields, is_elementwise=True)
    columns = [typed for column in of.columns for typed in _columns(column)]
    return raw.select(*_KEPT, found.alias("found")).unnest("found").select(*_KEPT, reading.UNREADABLE, *columns)


def _columns(column: Column) -> list[pl.Expr]:
    written = pl.col(column.name)
    match column.type:
        case "double":
            return [written.cast(pl.Float64, strict=False)]
        case "int":
            number = written.cast(pl.Float64, strict=False).round(mode="half_away_from_zero")
            return [number.cast(pl.Int32, strict=False)]
        case "boolean":
            return [written.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)]
        case "timestamp":
            return [times.instant(written)]
        case "offset_timestamp":
            return [times.instant(written), times.offset_minutes(written).alias(column.offset_name)]
    return [written]


def _rules(of: Contract) -> dict[str, pl.Expr]:
    is_read = ~pl.col(reading.UNREADABLE)
    missing = {f"missing: {column.name}": is_read & _is_missing(column) for column in of.columns if column.required}
    return {"not_avro" if of.address == _AVRO else "not_json": ~is_read} | missing | RULES[of.address]


def _is_missing(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    return value.is_null() | (value.str.strip_chars(" ") == "") if column.type == "string" else value.is_null()
