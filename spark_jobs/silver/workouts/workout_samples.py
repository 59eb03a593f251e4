"""Samples of workouts: events → one row per sample, with the time for which it stands, on the local day of the start.

A sample stands until the next sample, pause or end, but no longer than 30 seconds: a recorder that lost its strap for
ten minutes did not see the same heart rate for ten minutes. One within a pause stands for no time.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset
from spark_jobs.silver.workouts.workout_sessions import KEY, opening

_LONGEST_MS = 30_000
_ENDS = ("sample", "paused", "finished")


def transform(events: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `workouts/workout_samples`."""
    local = with_offset(_of_session(first_landed(events, ["event_id"])), users, "_started_at", "_own_offset")
    return local.where(F.col("event_type") == "sample").select(
        local_date(F.col("_started_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "user_id",
        KEY,
        "event_id",
        "occurred_at",
        "lasts_ms",
        "heart_rate_bpm",
        F.expr("try_cast(distance_m AS decimal(14,3))").alias("distance_m"),
        "power_w",
        "latitude",
        "longitude",
        "elevation_m",
    )


def _of_session(events: DataFrame) -> DataFrame:
    """Samples and what ends them, with the start, user and offset of their session, as `workout_sessions` has them."""
    first = opening()
    session = Window.partitionBy(KEY)
    # At one instant the sample comes first: what ends it there leaves it no time.
    in_time = session.orderBy("occurred_at", F.col("event_type") != "sample", "event_id")
    told = events.withColumns(
        {
            "_started_at": F.min_by("occurred_at", first).over(session),
            "_own_offset": F.min_by("occurred_offset_minutes", first).over(session),
            "user_id": F.min_by("user_id", first).over(session),
        }
    )
    kept = told.withColumn("_pauses", _is_paused()).where(F.col("event_type").isin(*_ENDS))
    until_ms = F.unix_millis(F.lead("occurred_at").over(in_time)) - F.unix_millis("occurred_at")
    lasts_ms = F.least(F.coalesce(until_ms, F.lit(0)), F.lit(_LONGEST_MS))
    return kept.withColumn("lasts_ms", F.when(F.col("_pauses"), 0).otherwise(lasts_ms))


def _is_paused() -> Column:
    """Whether the last word up to an event, its own instant included, is a pause; of one instant it is the resumption,
    as in `workout_sessions`.
    """
    up_to = Window.partitionBy(KEY).orderBy("occurred_at").rangeBetween(Window.unboundedPreceding, Window.currentRow)
    words = F.when(F.col("event_type").isin("paused", "resumed"), F.struct("occurred_at", "event_type"))
    return F.coalesce(F.max(words).over(up_to)["event_type"] == "paused", F.lit(False))
