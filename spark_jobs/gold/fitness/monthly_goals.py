"""A user's goals in a month: goals, days, nights and workouts → what was aimed at, what came of it, and its share.

A day on which a goal counts adds its part to what was aimed at: all of a day's target, a seventh of a week's, and of a
month's one part of as many as the month has days. So a goal that begins, ends or changes within the month is held
against its own days alone, and a week across two months adds to each the days that lie there.

A month is reported when its last day has half as many people with activity as its average day: the rest of a running
month would look like failure. Half of all people of a month need not be there on one day, so days are compared. Where
the type or unit of a goal changes, its month is that of the last ones, and of their days alone.

Sums are whole thousandths; those of targets are by 7 · days of the month, which the parts of all periods divide.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.gold.decimals import in_thousandths, rounded_quotient
from spark_jobs.silver.goal_periods import goal_periods

_MONTH = "month_start_date"
_KEY = ("user_id", "goal_id", _MONTH)
_KIND = ("goal_type", "target_unit")
# Type and unit of a goal → what of daily activity tells of it; without steps nobody counted active minutes.
_OF_DAYS = {
    ("steps", "count"): "steps",
    ("distance", "m"): "distance_m",
    ("active_minutes", "min"): "CASE WHEN steps IS NOT NULL THEN active_minutes END",
}
_SLEEP, _WORKOUTS = ("sleep", "min"), ("workouts", "count")


def transform(goals: DataFrame, days: DataFrame, nights: DataFrame, workouts: DataFrame) -> DataFrame:
    """Rows of `fitness/monthly_goals`."""
    parts = _parts(goal_periods(goals), _whole_months(days))
    aimed = parts.groupBy(*_KEY, *_KIND).agg(
        F.sum("_days").alias("goal_days"),
        F.sum("_target").alias("_target"),
        F.max("_divisor").alias("_divisor"),
    )
    sums = aimed.join(_done(parts, _measured(days, nights, workouts)), list(_KEY), "left")
    # Without workouts none were done; without steps nobody may have counted.
    is_counted = (F.col("goal_type") == _WORKOUTS[0]) & (F.col("target_unit") == _WORKOUTS[1])
    known = sums.withColumn("_done", F.coalesce("_done", F.when(is_counted, F.lit(0))))
    return known.select(
        *_KEY,
        *_KIND,
        "goal_days",
        F.coalesce("measured_days", F.lit(0)).alias("measured_days"),
        _decimal(rounded_quotient("_target", "_divisor"), "0.001BD").alias("target_total"),
        _decimal("_done", "0.001BD").alias("achieved_total"),
        _decimal(rounded_quotient("10000BD * _divisor * _done", "_target"), "0.0001BD").alias("achieved_share"),
    )


def _whole_months(days: DataFrame) -> DataFrame:
    """First days of the months that are reported."""
    is_last = F.col("activity_date") == F.last_day("activity_date")
    seen = days.groupBy(F.trunc("activity_date", "month").alias(_MONTH)).agg(
        F.count(F.lit(1)).alias("_user_days"),
        F.count_distinct("activity_date").alias("_dates"),
        F.count_if(is_last).alias("_on_last"),
    )
    return seen.where(2 * F.col("_on_last") * F.col("_dates") >= F.col("_user_days")).select(_MONTH)


def _parts(periods: DataFrame, months: DataFrame) -> DataFrame:
    """Spans of dates within a month in which one target of a goal counts, with that target times the divisor."""
    following = F.add_months(_MONTH, 1)
    overlaps = (F.col("first_date") < following) & (F.col("end_date") > F.col(_MONTH))
    cut = periods.join(F.broadcast(months), overlaps).withColumns(
        {"_first": F.greatest("first_date", _MONTH), "_end": F.least("end_date", following)}
    )
    kind = F.struct(*_KIND)
    last_kind = F.max_by(kind, "_first").over(Window.partitionBy(*_KEY))
    kept = cut.withColumn("_last_kind", last_kind).where(kind == F.col("_last_kind"))
    length, count = F.day(F.last_day(_MONTH)), F.datediff("_end", "_first")
    share = {"day": 7 * length, "week": length, "month": F.lit(7)}
    of_a_day = F.coalesce(*(F.when(F.col("period") == period, part) for period, part in share.items()))
    return kept.select(
        *_KEY,
        *_KIND,
        "_first",
        "_end",
        count.alias("_days"),
        (in_thousandths("target_value") * count * of_a_day).alias("_target"),
        (7 * length).alias("_divisor"),
    )


def _measured(days: DataFrame, nights: DataFrame, workouts: DataFrame) -> DataFrame:
    """One row per user, kind of goal and date on which it was measured, in thousandths of the unit."""
    by_kind = F.inline(F.array(*(F.struct(*_named(kind, in_thousandths(name))) for kind, name in _OF_DAYS.items())))
    moved = days.select("user_id", F.col("activity_date").alias("_day"), by_kind)
    # A date of naps alone is no night.
    slept = nights.where("minutes_in_bed > 0").select(
        "user_id", F.col("sleep_date").alias("_day"), *_named(_SLEEP, in_thousandths("minutes_asleep"))
    )
    counts = workouts.where(F.col("user_id").isNotNull()).groupBy("user_id", F.col("event_date").alias("_day")).count()
    trained = counts.select("user_id", "_day", *_named(_WORKOUTS, in_thousandths("count")))
    return moved.unionByName(slept).unionByName(trained).where(F.col("_value").isNotNull())


def _done(parts: DataFrame, measured: DataFrame) -> DataFrame:
    """What the days of the parts came to."""
    within = (F.col("_day") >= F.col("_first")) & (F.col("_day") < F.col("_end"))
    found = parts.join(measured, ["user_id", *_KIND]).where(within)
    return found.groupBy(*_KEY).agg(F.sum("_value").alias("_done"), F.count(F.lit(1)).alias("measured_days"))


def _named(kind: tuple[str, str], value: Column) -> list[Column]:
    return [F.lit(kind[0]).alias("goal_type"), F.lit(kind[1]).alias("target_unit"), value.alias("_value")]


def _decimal(whole: str, unit: str) -> Column:
    """A whole number of a unit."""
    return F.expr(f"cast({whole} AS decimal(20,0)) * {unit}")
