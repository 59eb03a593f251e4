"""Heart rate by five minutes: readings → one row per user and tumbling window of the epoch."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_WINDOW_SECONDS = 300
_DATE_BITS = 22
_DAYS_BEFORE_EPOCH = 719_528


def transform(readings: DataFrame) -> DataFrame:
    """Rows of `health/heart_rate_5m`; readings without a known owner are left out."""
    start = (F.floor(F.unix_seconds("measured_at") / _WINDOW_SECONDS) * _WINDOW_SECONDS).alias("_start")
    # Instant in the window and local date as one number: its minimum is hashed, that of a struct is sorted.
    instant = F.unix_micros("measured_at") % (_WINDOW_SECONDS * 1_000_000)
    first = F.shiftleft(instant, _DATE_BITS) + F.unix_date("event_date") + _DAYS_BEFORE_EPOCH
    windows = (
        readings.where(F.col("user_id").isNotNull())
        .groupBy("user_id", start)
        .agg(
            F.min(first).alias("_first"),
            F.min("heart_rate_bpm").alias("min_bpm"),
            F.max("heart_rate_bpm").alias("max_bpm"),
            F.sum("heart_rate_bpm").alias("sum_bpm"),
            F.count("heart_rate_bpm").alias("reading_count"),
        )
    )
    day = F.expr(f"cast(_first & {(1 << _DATE_BITS) - 1}L AS int) - {_DAYS_BEFORE_EPOCH}")
    # Rounded half up in whole hundredths, so that no double has a say.
    hundredths = F.expr("(200 * sum_bpm + reading_count) div (2 * reading_count)")
    return windows.select(
        F.date_from_unix_date(day).alias("event_date"),
        "user_id",
        F.timestamp_seconds("_start").alias("window_start_at"),
        (hundredths.cast("decimal(10,0)") * F.lit("0.01").cast("decimal(3,2)")).alias("avg_bpm"),
        "min_bpm",
        "max_bpm",
        "sum_bpm",
        "reading_count",
    )
