"""A user's week: days and workouts → sums by ISO week, and what they are more than in the week before.

A week is reported when its days have come, that is when its Sunday has half as many people with activity as its
average day: half a week beside whole ones would look like a fall, and one clock that runs ahead ends no week.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.local_time import monday

_KEY = ("user_id", "week_start_date")
_DAYS = ("active_days", "steps", "distance_m", "active_kcal", "total_kcal", "active_minutes")
_WORKOUTS = ("workout_count", "workout_seconds")
_SUNDAY = 6


def transform(days: DataFrame, workouts: DataFrame) -> DataFrame:
    """Rows of `fitness/weekly_progress`."""
    weeks = _of_days(days).unionByName(_of_workouts(workouts), allowMissingColumns=True)
    sums = (
        weeks.join(F.broadcast(_whole_weeks(days)), "week_start_date", "left_semi")
        .groupBy(*_KEY)
        .agg(*(F.max(name).alias(name) for name in (*_DAYS, *_WORKOUTS)))
    )
    known = sums.withColumns(
        {name: F.coalesce(name, F.lit(0)) for name in ("active_days", "active_minutes", *_WORKOUTS)}
    )
    before = known.select(
        F.col("user_id").alias("_user"),
        F.date_add("week_start_date", 7).alias("_week"),
        *(F.col(name).alias(f"_{name}") for name in ("steps", "distance_m", "active_minutes", "workout_count")),
    )
    is_next = (F.col("user_id") == F.col("_user")) & (F.col("week_start_date") == F.col("_week"))
    return known.join(before, is_next, "left").select(
        *_KEY,
        *_DAYS,
        "workout_count",
        F.expr("(workout_seconds + 30) div 60").alias("workout_minutes"),
        _more("steps").alias("steps_change"),
        _more("distance_m").alias("distance_change_m"),
        _more("active_minutes").alias("active_minutes_change"),
        _more("workout_count").alias("workout_count_change"),
    )


def _whole_weeks(days: DataFrame) -> DataFrame:
    seen = days.groupBy(monday("activity_date")).agg(
        F.count(F.lit(1)).alias("_user_days"),
        F.count_distinct("activity_date").alias("_dates"),
        F.count_if(F.weekday("activity_date") == _SUNDAY).alias("_on_sunday"),
    )
    return seen.where(2 * F.col("_on_sunday") * F.col("_dates") >= F.col("_user_days")).select("week_start_date")


def _of_days(days: DataFrame) -> DataFrame:
    measured = ("steps", "distance_m", "active_kcal", "total_kcal", "active_minutes")
    return days.groupBy("user_id", monday("activity_date")).agg(
        F.count(F.lit(1)).alias("active_days"), *(F.sum(name).alias(name) for name in measured)
    )


def _of_workouts(workouts: DataFrame) -> DataFrame:
    known = workouts.where(F.col("user_id").isNotNull())
    seconds = F.coalesce("duration_s", F.lit(0)) - F.coalesce("paused_s", F.lit(0))
    return known.groupBy("user_id", monday("event_date")).agg(
        F.count(F.lit(1)).alias("workout_count"), F.sum(seconds.cast("bigint")).alias("workout_seconds")
    )


def _more(name: str) -> Column:
    return F.col(name) - F.col(f"_{name}")
