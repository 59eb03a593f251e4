"""Sleep by sleep day: sessions → one row per user and local date of waking; naps are told apart.

The quality score is what a device can tell of the Pittsburgh Sleep Quality Index (Buysse et al. 1989,
doi:10.1016/0165-1781(89)90047-4): its components of duration (3) and efficiency (4), 0 to 3 points each and best at 0,
turned into 0 to 100, best at 100. The other five are questions to the sleeper.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.decimals import rounded_quotient

# At least so many minutes asleep, or percent of the time in bed → points.
_DURATION = ((421, 0), (360, 1), (300, 2))
_EFFICIENCY = ((85, 0), (75, 1), (65, 2))
_MOST_POINTS = 3
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
    with_means = days.select("*", *(_mean_asleep(count).alias(f"minutes_asleep_{count}d") for count in (7, 28)))
    return with_means.withColumns({"efficiency": efficiency, "quality_score": _quality_score()})


def _mean_asleep(days: int) -> Column:
    """Mean minutes of the nights within so many days, the row's own the last of them, half up."""
    span = f"(PARTITION BY user_id ORDER BY unix_date(sleep_date) RANGE {days - 1} PRECEDING)"
    asleep = "CASE WHEN minutes_in_bed > 0 THEN minutes_asleep END"
    mean = rounded_quotient(f"sum({asleep}) OVER {span}", f"nullif(count({asleep}) OVER {span}, 0)")
    return F.expr(f"cast({mean} AS int)")


def _quality_score() -> Column:
    percent = F.expr("(100 * minutes_asleep) div nullif(minutes_in_bed, 0)")
    points = _points(F.col("minutes_asleep"), _DURATION) + _points(percent, _EFFICIENCY)
    best = 2 * _MOST_POINTS
    score = F.floor(((best - points) * 200 + best) / (2 * best)).cast("int")
    return F.when(F.col("minutes_in_bed") > 0, score)


def _points(value: Column, steps: tuple[tuple[int, int], ...]) -> Column:
    return reduce(
        lambda rest, step: F.when(value >= step[0], step[1]).otherwise(rest), reversed(steps), F.lit(_MOST_POINTS)
    )


def _known(instant: Column) -> Column:
    """The instant, unless a night of the date has no clock times."""
    is_estimated = F.bool_or(~F.col("is_nap") & F.col("is_time_estimated"))
    return F.when(~is_estimated, instant)


def _minutes(seconds: str, counts: Column) -> Column:
    """Minutes of the sessions that count, to the nearest minute, half up."""
    total = F.sum(F.when(counts, F.col(seconds)).otherwise(0))
    return F.floor((total + 30) / 60).cast("int")
