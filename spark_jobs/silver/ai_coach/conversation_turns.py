"""Turns of conversations with the AI coach: its messages → one row per event, on the user's local day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset


def transform(events: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `ai_coach/conversation_turns`."""
    local = with_offset(first_landed(events, ["event_id"]), users, "occurred_at", "occurred_offset_minutes")
    return local.select(
        local_date(F.col("occurred_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "event_id",
        "conversation_id",
        "user_id",
        "role",
        "intent",
        "text",
        "tokens",
        "latency_ms",
        "rating",
        "occurred_at",
        "utc_offset_minutes",
        "is_offset_assumed",
    )
