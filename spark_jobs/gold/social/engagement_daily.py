"""Engagement by day: user-days of the app and of interactions → people of a day, a week and 30 days, counted exactly.

Each user-day is seen from all dates that count it: its own and the 29 after it. A date is reported when somebody was
active on it.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_WEEK, _MONTH = 7, 30


def transform(visits: DataFrame, interactions: DataFrame) -> DataFrame:
    """Rows of `social/engagement_daily`."""
    app = visits.select("user_id", "event_date", "session_count", F.lit(True).alias("_visits"))
    social = interactions.select("user_id", "event_date", "interaction_count", F.lit(True).alias("_interacts"))
    days = (
        app.unionByName(social, allowMissingColumns=True)
        .groupBy("user_id", "event_date")
        .agg(
            F.bool_or("_visits").alias("_visits"),
            F.bool_or("_interacts").alias("_interacts"),
            F.coalesce(F.sum("session_count"), F.lit(0)).alias("_sessions"),
            F.coalesce(F.sum("interaction_count"), F.lit(0)).alias("_interactions"),
        )
    )
    # One row per user and date that counts the user, with the days since the user was last active.
    seen = days.withColumn("_age", F.explode(F.sequence(F.lit(0), F.lit(_MONTH - 1))))
    newest = seen.groupBy(F.date_add("event_date", F.col("_age")).alias("event_date"), "user_id").agg(
        F.min("_age").alias("_age"),
        *(F.max(F.when(F.col("_age") == 0, F.col(name))).alias(name) for name in ("_visits", "_interacts")),
        *(F.max(F.when(F.col("_age") == 0, F.col(name))).alias(name) for name in ("_sessions", "_interactions")),
    )
    counted = newest.groupBy("event_date").agg(
        _people(F.col("_age") == 0).alias("daily_active_users"),
        _people(F.col("_age") < _WEEK).alias("weekly_active_users"),
        F.count(F.lit(1)).alias("monthly_active_users"),
        _people(F.col("_visits")).alias("app_users"),
        _people(F.col("_interacts")).alias("interacting_users"),
        F.sum("_sessions").alias("session_count"),
        F.sum("_interactions").alias("interaction_count"),
    )
    return counted.where(F.col("daily_active_users") > 0).withColumns(
        {
            "stickiness": _share("daily_active_users", "monthly_active_users"),
            "interaction_rate": _share("interacting_users", "daily_active_users"),
        }
    )


def _people(is_counted: Column) -> Column:
    return F.count_if(F.coalesce(is_counted, F.lit(False)))


def _share(part: str, whole: str) -> Column:
    return F.round(F.col(part).cast("decimal(18,0)") / F.col(whole).cast("decimal(18,0)"), 4).cast("decimal(5,4)")
