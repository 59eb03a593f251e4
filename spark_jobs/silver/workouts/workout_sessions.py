"""Workouts: events of a workout → one row per workout session, on the local day of its start.

First landed events → facts of the session (`_sessions`) and its pauses (`_paused_ms`) → local day.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset

KEY = "workout_session_id"


def transform(events: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `workouts/workout_sessions`."""
    sessions = _sessions(first_landed(events, ["event_id"]))
    local = with_offset(sessions, users, "started_at", "_own_offset")
    duration_ms = F.unix_millis("ended_at") - F.unix_millis("started_at")
    return local.select(
        local_date(F.col("started_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "user_id",
        KEY,
        "device_id",
        "activity_type",
        "started_at",
        "ended_at",
        _whole_seconds(duration_ms).alias("duration_s"),
        _whole_seconds(_paused_ms()).alias("paused_s"),
        "distance_m",
        "heart_rate_avg_bpm",
        "heart_rate_max_bpm",
        "sample_count",
        "lap_count",
        "is_finished",
        "notes",
        "utc_offset_minutes",
        "is_offset_assumed",
    )


def opening() -> Column:
    """Orders the events of a session: what tells its beginning, its user and its clock is the least of them.

    The started event stands before all others; where it is lost, the first counts.
    """
    return F.struct((F.col("event_type") != "started").alias("is_other"), "occurred_at", "event_id")


def _sessions(events: DataFrame) -> DataFrame:
    is_end = F.col("event_type") == "finished"
    first = opening()
    # The finished event stands after all others, else the last counts.
    last = F.struct(is_end.alias("is_end"), "occurred_at", "event_id")
    is_sample = F.col("event_type") == "sample"
    beats = F.when(is_sample, F.col("heart_rate_bpm"))
    pauses = F.when(F.col("event_type").isin("paused", "resumed"), F.struct("occurred_at", "event_type"))
    noted = F.when(F.col("notes").isNotNull(), F.struct("occurred_at", "event_id"))
    return events.groupBy(KEY).agg(
        *(F.min_by(name, first).alias(name) for name in ("user_id", "device_id")),
        F.min_by("activity_type", F.when(F.col("activity_type").isNotNull(), first)).alias("activity_type"),
        F.min_by("occurred_offset_minutes", first).alias("_own_offset"),
        F.min_by("occurred_at", first).alias("started_at"),
        F.max_by("occurred_at", last).alias("ended_at"),
        F.array_sort(F.collect_list(pauses)).alias("_pauses"),
        F.max(F.expr("try_cast(distance_m AS decimal(14,3))")).alias("distance_m"),
        F.round(F.sum(beats).cast("decimal(20,0)") / F.count(beats), 2).alias("heart_rate_avg_bpm"),
        F.max(beats).alias("heart_rate_max_bpm"),
        F.count_if(is_sample).alias("sample_count"),
        F.count_if(F.col("event_type") == "lap").alias("lap_count"),
        F.bool_or(is_end).alias("is_finished"),
        F.max_by("notes", noted).alias("notes"),
    )


def _paused_ms() -> Column:
    """Milliseconds from each pause to the next resumption, or to the end where none follows."""
    nothing = F.struct(F.lit(0).cast("bigint").alias("total"), F.lit(None).cast("bigint").alias("since"))

    def follow(state: Column, event: Column) -> Column:
        at = F.unix_millis(event["occurred_at"])
        is_pause = event["event_type"] == "paused"
        spent = F.when(is_pause | state["since"].isNull(), F.lit(0)).otherwise(at - state["since"])
        since = F.when(is_pause, F.coalesce(state["since"], at))
        return F.struct((state["total"] + spent).alias("total"), since.alias("since"))

    end = F.unix_millis("ended_at")
    return F.aggregate(
        "_pauses",
        nothing,
        follow,
        lambda state: state["total"] + F.greatest(F.coalesce(end - state["since"], F.lit(0)), F.lit(0)),
    )


def _whole_seconds(milliseconds: Column) -> Column:
    """Rounded half up."""
    return F.floor((milliseconds + 500) / 1000)
