"""Stays in bed: sleep stages among the health metrics → one row per device and sleep session.

Stages of a session → its times, seconds of each stage and owner at its end → row rules → of overlapping
stays of one user the preferred device's counts, the others are kept as superseded.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, local_time, with_offset
from spark_jobs.silver.ownership import with_owner

READS = {"metrics": "metric_type = 'sleep'"}
ASLEEP = ("light", "deep", "rem", "asleep")
_KEY = ["device_id", "sleep_session_id"]
_RANK = ("priority", "device_id", "started_at", "sleep_session_id")
_NAP_SECONDS = 3 * 3600
_NAP_HOURS = (9, 20)


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Sessions with the columns of `wearables/sleep_sessions` and `priority`, none superseded yet."""
    stages = first_landed(metrics, ["measured_at", "device_id", "sleep_stage"])
    owned = with_owner(_sessions(stages), devices, "ended_at")
    local = with_offset(owned, users, "ended_at", "_own_offset")
    return local.select(
        local_date(F.col("ended_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "user_id",
        *_KEY,
        "priority",
        "started_at",
        "ended_at",
        _is_nap().alias("is_nap"),
        F.lit(False).alias("is_superseded"),
        *(column for column in owned.columns if column.startswith("seconds_")),
        "stages",
        "is_time_estimated",
        "utc_offset_minutes",
        "is_offset_assumed",
    )


def _sessions(stages: DataFrame) -> DataFrame:
    stage = F.struct("sleep_stage", F.col("measured_at").alias("started_at"), F.col("interval_end").alias("ended_at"))
    in_time = F.array_sort(F.collect_list(F.struct("measured_at", "interval_end", stage.alias("stage"))))
    last = F.struct("measured_at", "interval_end", "sleep_stage")
    return (
        stages.where(F.col("interval_end") > F.col("measured_at"))
        .groupBy(*_KEY)
        .agg(
            F.min("measured_at").alias("started_at"),
            F.max("interval_end").alias("ended_at"),
            _seconds(("awake", *ASLEEP)).alias("seconds_in_bed"),
            *(_seconds((name,)).alias(f"seconds_{name}") for name in ("awake", "light", "deep", "rem")),
            _seconds(ASLEEP).alias("seconds_asleep"),
            F.transform(in_time, lambda entry: entry["stage"]).alias("stages"),
            F.bool_or(F.coalesce("is_time_estimated", F.lit(False))).alias("is_time_estimated"),
            F.max_by("measured_offset_minutes", last).alias("_own_offset"),
        )
    )


def _seconds(names: tuple[str, ...]) -> Column:
    """Whole seconds in some stages, rounded half up."""
    length_ms = F.unix_millis("interval_end") - F.unix_millis("measured_at")
    total_ms = F.sum(F.when(F.col("sleep_stage").isin(*names), length_ms).otherwise(0))
    return F.floor((total_ms + 500) / 1000)


def _is_nap() -> Column:
    begun = F.hour(local_time(F.col("started_at"), F.col("utc_offset_minutes")))
    is_short = F.col("seconds_in_bed") < _NAP_SECONDS
    return is_short & begun.between(*_NAP_HOURS) & ~F.col("is_time_estimated")


def merge(judged: DataFrame) -> DataFrame:
    """Mark good sessions that overlap one of a preferred device of the same user."""
    good = judged.where(F.size("_reasons") == 0)
    preferred = good.select(*(F.col(name).alias(f"_other_{name}") for name in ("user_id", *_RANK, "ended_at")))
    overlaps = (F.col("_other_started_at") < F.col("ended_at")) & (F.col("_other_ended_at") > F.col("started_at"))
    same_user = F.col("user_id") == F.col("_other_user_id")
    beaten = good.join(preferred, same_user & overlaps & _outranked(), "left_semi")
    marks = beaten.select(*_KEY, F.lit(True).alias("_is_beaten"))
    superseded = F.coalesce("_is_beaten", F.lit(False))
    return judged.join(marks, _KEY, "left").withColumn("is_superseded", superseded).select(*judged.columns)


def _outranked() -> Column:
    """Whether the other session stands before this one in the order of `_RANK`."""
    others = F.struct(*(F.col(f"_other_{name}").alias(name) for name in _RANK))
    return others < F.struct(*_RANK)
