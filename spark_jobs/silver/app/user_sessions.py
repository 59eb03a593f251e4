"""Sessions of the app: user events → stretches without a pause of over 30 minutes → one row per session and local date.

Whether an event goes on with a session is told by the event before it alone. So a date depends on no more than its
neighbours, however long nobody pauses, and a session across midnight or across two batches needs no memory.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset

PAUSE_MS = 30 * 60 * 1000
_IN_TIME = ("_at_ms", "event_id")


def transform(events: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `app/user_sessions`."""
    local = with_offset(first_landed(events, ["event_id"]), users, "occurred_at", "occurred_offset_minutes")
    placed = local.withColumns(
        {
            "event_date": local_date(F.col("occurred_at"), F.col("utc_offset_minutes")),
            "_at_ms": F.unix_millis("occurred_at"),
        }
    )
    of_user = Window.partitionBy("user_id").orderBy(*_IN_TIME)
    gaps = placed.withColumns(
        {
            "_since_ms": F.col("_at_ms") - F.lag("_at_ms").over(of_user),
            "_until_ms": F.lead("_at_ms").over(of_user) - F.col("_at_ms"),
        }
    )
    begins = F.coalesce("_since_ms", F.lit(PAUSE_MS + 1)) > PAUSE_MS
    numbered = gaps.withColumns({"_begins": begins, "_session": F.sum(begins.cast("bigint")).over(of_user)})
    return (
        numbered.groupBy("user_id", "event_date", "_session")
        .agg(
            F.min("occurred_at").alias("started_at"),
            F.max("occurred_at").alias("ended_at"),
            F.sum(F.when(F.col("_until_ms") <= PAUSE_MS, F.col("_until_ms")).otherwise(0)).alias("duration_ms"),
            F.count(F.lit(1)).alias("event_count"),
            F.count_if(F.col("event_type") == "screen_viewed").alias("screen_count"),
            (~F.bool_or("_begins")).alias("is_continued"),
            *(_of_first(name) for name in ("platform", "app_version", "utc_offset_minutes")),
            F.bool_or("is_offset_assumed").alias("is_offset_assumed"),
        )
        .drop("_session")
    )


def _of_first(name: str) -> Column:
    return F.min_by(name, F.struct(*_IN_TIME)).alias(name)
