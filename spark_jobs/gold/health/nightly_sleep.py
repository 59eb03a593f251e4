"""Sleep by sleep day: sessions → one row per user and local date of waking; naps are told apart."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_KINDS = ("in_bed", "asleep", "awake", "light", "deep", "rem")


def transform(sleeps: DataFrame) -> DataFrame:
    """Rows of `health/nightly_sleep`: sessions that count, of known users."""
    counted = sleeps.where(~F.col("is_superseded") & F.col("user_id").isNotNull())
    is_night = ~F.col("is_nap")
    days = counted.groupBy(F.col("event_date").alias("sleep_date"), "user_id").agg(
        _known(F.min(F.when(is_night, F.col("started_at")))).alias("bed_at"),
        _known(F.max(F.when(is_night, F.col("ended_at")))).alias("wake_at"),
        *(_minutes(f"seconds_{kind}", is_night).alias(f"minutes_{kind}") for kind in _KINDS),
        F.count(F.lit(1)).alias("session_count"),
        _minutes("seconds_asleep", F.col("is_nap")).alias("nap_minutes"),
    )
    in_bed = F.nullif(F.col("minutes_in_bed"), F.lit(0)).cast("decimal(10,0)")
    efficiency = F.round(F.col("minutes_asleep").cast("decimal(10,0)") / in_bed, 4)
    return days.withColumn("efficiency", efficiency)


def _known(instant: Column) -> Column:
    """The instant, unless a night of the date has no clock times."""
    is_estimated = F.bool_or(~F.col("is_nap") & F.col("is_time_estimated"))
    return F.when(~is_estimated, instant)


def _minutes(seconds: str, counts: Column) -> Column:
    """Minutes of the sessions that count, to the nearest minute, half up."""
    total = F.sum(F.when(counts, F.col(seconds)).otherwise(0))
    return F.floor((total + 30) / 60).cast("int")
