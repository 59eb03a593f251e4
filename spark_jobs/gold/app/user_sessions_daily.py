"""A user's day in the app: sessions by date → one row per user and local date."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def transform(sessions: DataFrame) -> DataFrame:
    """Rows of `app/user_sessions_daily`."""
    return sessions.groupBy("event_date", "user_id").agg(
        F.count_if(~F.col("is_continued")).alias("session_count"),
        F.sum("event_count").alias("event_count"),
        F.sum("screen_count").alias("screen_count"),
        F.expr("(sum(duration_ms) + 500) div 1000").alias("seconds_in_app"),
        F.min("started_at").alias("first_seen_at"),
        F.max("ended_at").alias("last_seen_at"),
    )
