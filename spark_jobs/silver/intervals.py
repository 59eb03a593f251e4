"""Measured intervals of steps, distance and energy: health metrics → whole intervals → pieces that never overlap.

`whole` types the intervals as they were sent; row rules judge them; `pieces` merges the good ones of each
user (`interval_union`), cuts them at local hours and shares each value out over what is left of its interval.
"""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.interval_union import preferred_parts
from spark_jobs.silver.local_time import local_date, with_offset
from spark_jobs.silver.ownership import with_owner

_HOUR_MS = 3_600_000
_SHIFT_MS = "utc_offset_minutes * 60000L"


def whole(
    metrics: DataFrame,
    devices: DataFrame,
    users: DataFrame,
    measure: str,
    units: Mapping[str, str],
    apart: Sequence[str] = (),
) -> DataFrame:
    """One row per interval as it was sent: `measure` in its integer unit, `priority` of the device.

    `units` maps a unit to the SQL that turns the double `value` into the integer unit; another unit
    gives null. `apart` are columns that keep intervals apart, as energy_type does.
    """
    sent = first_landed(metrics, ["measured_at", "device_id", *apart])
    owned = with_owner(sent, devices, "measured_at")
    local = with_offset(owned, users, "measured_at", "measured_offset_minutes")
    is_whole = F.col("interval_end") > F.col("measured_at")
    return local.select(
        local_date(F.col("measured_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "user_id",
        "device_id",
        "priority",
        "measured_at",
        "interval_end",
        F.col("measured_at").alias("started_at"),
        F.when(is_whole, F.col("interval_end")).alias("ended_at"),
        _in_unit(units).alias(measure),
        *apart,
        F.coalesce("is_time_estimated", F.lit(False)).alias("is_time_estimated"),
        "utc_offset_minutes",
        "is_offset_assumed",
        "event_id",
    )


def _in_unit(units: Mapping[str, str]) -> Column:
    cases = " ".join(f"WHEN '{unit}' THEN try_cast(floor({sql} + 0.5D) AS bigint)" for unit, sql in units.items())
    return F.expr(f"CASE unit {cases} END")


def pieces(judged: DataFrame, measure: str, apart: Sequence[str] = ()) -> DataFrame:
    """Good intervals as pieces that never overlap and lie in one local hour; rejected ones as they are.

    `judged` is what `whole` gave, with `_reasons`. A piece [a, b) of an interval of length T with value v
    gets floor(v·b/T) − floor(v·a/T), so that pieces of one interval sum to what they are of it.
    """
    # A rejected interval goes the same way, merged with nothing, so that the rows are read once.
    is_rejected = F.size("_reasons") > 0
    sent = judged.drop("event_date", "started_at").withColumn("_rejected", F.when(is_rejected, F.col("event_id")))
    parts = preferred_parts(sent, [*apart, "_rejected"])
    cut = parts.withColumn("_is_uncut", F.col("is_time_estimated") | F.col("_rejected").isNotNull())
    within = cut.select("*", F.explode(_local_hours()).alias("_hour")).withColumns(_cut_to_hour())
    shaped = within.withColumns(
        {
            measure: F.when(F.col("_rejected").isNotNull(), F.col(measure)).otherwise(_share(measure)),
            "started_at": F.timestamp_millis("_from_ms"),
            "ended_at": F.when(F.col("ended_at").isNotNull(), F.timestamp_millis("_to_ms")),
            "event_date": local_date(F.timestamp_millis("_from_ms"), F.col("utc_offset_minutes")),
        }
    )
    return shaped.select(*judged.columns)


def _local_hours() -> Column:
    """Numbers of the local hours that a part touches; only the first for a part that is not cut."""
    first = F.expr(f"(_from_ms + {_SHIFT_MS}) div {_HOUR_MS}")
    last = F.expr(f"(_to_ms - 1 + {_SHIFT_MS}) div {_HOUR_MS}")
    return F.sequence(first, F.when(F.col("_is_uncut"), first).otherwise(last))


def _cut_to_hour() -> dict[str, Column]:
    begins = F.expr(f"_hour * {_HOUR_MS} - {_SHIFT_MS}")
    uncut = F.col("_is_uncut")
    return {
        "_from_ms": F.when(uncut, F.col("_from_ms")).otherwise(F.greatest("_from_ms", begins)),
        "_to_ms": F.when(uncut, F.col("_to_ms")).otherwise(F.least(F.col("_to_ms"), begins + _HOUR_MS)),
    }


def _share(measure: str) -> Column:
    """What of an interval's value falls into [_from_ms, _to_ms), in whole numbers."""
    length = "(_end_ms - _start_ms)"
    until = f"({measure} * (_to_ms - _start_ms)) div {length}"
    before = f"({measure} * (_from_ms - _start_ms)) div {length}"
    return F.expr(f"{until} - {before}")
