"""Heart rate over windows of time: readings → panes of one minute → windows of many minutes.

Readings are read once, into panes: whole sums and counts of minutes give those of any longer window exactly. Instant
and local date travel as one number, for the extremes of numbers are hashed and those of structs are sorted.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.decimals import quotient_in_hundredths

MINUTE, HOUR = 60, 3600
_MICROSECONDS = 1_000_000
_SLIDING_MINUTES = 10
_DATE_BITS = 22
_DAYS_BEFORE_EPOCH = 719_528


def panes(readings: DataFrame) -> DataFrame:
    """Rows of `health/heart_rate_1m`; readings without a known owner are left out."""
    known = readings.where(F.col("user_id").isNotNull())
    bpm = "heart_rate_bpm"
    return _windows(known, "measured_at", MINUTE, (F.min(bpm), F.max(bpm), F.sum(bpm), F.count(bpm)))


def windows(of_panes: DataFrame, seconds: int) -> DataFrame:
    """Tumbling windows of the epoch, of so many seconds, from panes that fit into them."""
    measures = (F.min("min_bpm"), F.max("max_bpm"), F.sum("sum_bpm"), F.sum("reading_count"))
    return _windows(of_panes, "window_start_at", seconds, measures)


def _windows(rows: DataFrame, at: str, seconds: int, measures: tuple[Column, ...]) -> DataFrame:
    """`measures` are the lowest, the highest, the sum and the count of readings."""
    second = F.unix_seconds(at)
    start = (second - F.pmod(second, F.lit(seconds))).alias("_start")
    instant = F.pmod(F.unix_micros(at), F.lit(seconds * _MICROSECONDS))
    names = ("min_bpm", "max_bpm", "sum_bpm", "reading_count")
    found = rows.groupBy("user_id", start).agg(
        F.min(_dated(instant)).alias("_first"),
        *(measure.alias(name) for measure, name in zip(measures, names, strict=True)),
    )
    return found.select(
        _date_of("_first").alias("event_date"),
        "user_id",
        F.timestamp_seconds("_start").alias("window_start_at"),
        quotient_in_hundredths("sum_bpm", "reading_count").alias("avg_bpm"),
        *names,
    )


def trend(of_panes: DataFrame) -> DataFrame:
    """Rows of `health/heart_rate_trend`.

    Each pane is handed to the ten minutes whose windows hold it and to the ten after, which compare themselves with
    it: one hash aggregation. A range window would sort all panes, walk twenty of them for each all the same, and have
    no row for a minute without a reading of its own.
    """
    later = F.explode(F.sequence(F.lit(0), F.lit(2 * _SLIDING_MINUTES - 1)))
    minute = F.expr(f"unix_seconds(window_start_at) div {MINUTE}")
    handed = of_panes.select("*", minute.alias("_pane"), later.alias("_later"))
    is_now = F.col("_later") < _SLIDING_MINUTES
    found = handed.groupBy("user_id", (F.col("_pane") + F.col("_later")).alias("_minute")).agg(
        F.max(F.when(is_now, _dated(F.col("_pane")))).alias("_last"),
        F.min(F.when(is_now, F.col("min_bpm"))).alias("min_bpm"),
        F.max(F.when(is_now, F.col("max_bpm"))).alias("max_bpm"),
        F.sum(F.when(is_now, F.col("sum_bpm"))).alias("_sum"),
        F.sum(F.when(is_now, F.col("reading_count"))).alias("reading_count"),
        F.sum(F.when(~is_now, F.col("sum_bpm"))).alias("_sum_before"),
        F.sum(F.when(~is_now, F.col("reading_count"))).alias("_count_before"),
    )
    difference = "(_sum * _count_before - _sum_before * reading_count)"
    return found.where(F.col("reading_count").isNotNull()).select(
        _date_of("_last").alias("event_date"),
        "user_id",
        F.timestamp_seconds(F.col("_minute") * MINUTE).alias("minute_start_at"),
        quotient_in_hundredths("_sum", "reading_count").alias("avg_bpm"),
        "min_bpm",
        "max_bpm",
        "reading_count",
        quotient_in_hundredths(difference, "(reading_count * _count_before)").alias("change_bpm"),
    )


def _dated(instant: Column) -> Column:
    """A whole number of time with the local date of its row behind it."""
    return F.shiftleft(instant, _DATE_BITS) + F.unix_date("event_date") + _DAYS_BEFORE_EPOCH


def _date_of(dated: str) -> Column:
    day = F.expr(f"cast({dated} & {(1 << _DATE_BITS) - 1}L AS int) - {_DAYS_BEFORE_EPOCH}")
    return F.date_from_unix_date(day)
