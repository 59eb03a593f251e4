"""A user's day: steps, distance, energy, heart rate and sleep → one row per user and local date.

Each input is summed by user and date, the sums stand side by side, and the length of the local day less
moving and sleeping gives the sedentary minutes.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold import energy
from spark_jobs.gold.decimals import rounded_quotient, thousandths
from spark_jobs.silver.local_time import with_user_of_day

_KEY = ("user_id", "activity_date")
_DAY_MS = 86_400_000
_ACTIVE_STEPS_PER_MINUTE = 100
_FEWEST_READINGS = 3
_ASLEEP = ("light", "deep", "rem", "asleep")


def transform(
    steps: DataFrame,
    distances: DataFrame,
    energies: DataFrame,
    heart_rates: DataFrame,
    sleeps: DataFrame,
    users: DataFrame,
) -> DataFrame:
    """Rows of `health/daily_activity`; rows without a known owner are left out."""
    sums = [_walked(steps), _covered(distances), energy.with_total(energy.told(energies)), _rested(heart_rates)]
    united = reduce(lambda some, others: some.unionByName(others, allowMissingColumns=True), sums)
    measures = [name for name in united.columns if name not in _KEY]
    days = united.groupBy(*_KEY).agg(*(F.max(name).alias(name) for name in measures))
    with_sleep = days.join(_slept(sleeps), list(_KEY), "left")
    return _with_length(with_sleep, users).select(
        *_KEY,
        "steps",
        thousandths("_distance_mm").alias("distance_m"),
        *(thousandths(f"{kind}_cal").alias(f"{kind}_kcal") for kind in energy.KINDS),
        _minutes(F.coalesce("_active_ms", F.lit(0))).alias("active_minutes"),
        _minutes(_sedentary_ms()).alias("sedentary_minutes"),
        "resting_heart_rate_bpm",
    )


def _by_day(rows: DataFrame, *sums: Column) -> DataFrame:
    return rows.where(F.col("user_id").isNotNull()).groupBy("user_id", F.col("event_date").alias(_KEY[1])).agg(*sums)


def _walked(steps: DataFrame) -> DataFrame:
    piece_ms = F.unix_millis("ended_at") - F.unix_millis("started_at")
    interval_ms = F.unix_millis("interval_end") - F.unix_millis("measured_at")
    is_timed = ~F.col("is_time_estimated")
    # Of the interval as it was sent: a piece of it may have lost a step to rounding.
    is_brisk = F.col("interval_steps") * 60_000 >= interval_ms * _ACTIVE_STEPS_PER_MINUTE
    return _by_day(
        steps,
        F.sum("steps").alias("steps"),
        F.sum(F.when(is_timed & is_brisk, piece_ms)).alias("_active_ms"),
        F.sum(F.when(is_timed & (F.col("interval_steps") > 0), piece_ms)).alias("_moving_ms"),
    )


def _covered(distances: DataFrame) -> DataFrame:
    return _by_day(distances, F.sum("distance_mm").alias("_distance_mm"))


def _rested(heart_rates: DataFrame) -> DataFrame:
    mean = F.expr(rounded_quotient("sum_bpm", "reading_count"))
    is_firm = F.col("reading_count") >= _FEWEST_READINGS
    return _by_day(heart_rates, F.min(F.when(is_firm, mean)).alias("resting_heart_rate_bpm"))


def _slept(sleeps: DataFrame) -> DataFrame:
    """Milliseconds asleep by local date: stages of sessions that count, cut at local midnights."""
    counted = sleeps.where(~F.col("is_superseded") & ~F.col("is_time_estimated") & F.col("user_id").isNotNull())
    stages = counted.select("user_id", "utc_offset_minutes", F.inline("stages"))
    shift = F.col("utc_offset_minutes").cast("bigint") * 60_000
    local = stages.where(F.col("sleep_stage").isin(*_ASLEEP)).select(
        "user_id",
        (F.unix_millis("started_at") + shift).alias("_from"),
        (F.unix_millis("ended_at") + shift).alias("_to"),
    )
    days = F.sequence(F.floor(F.col("_from") / _DAY_MS), F.floor((F.col("_to") - 1) / _DAY_MS))
    cut = local.select("*", F.explode(days).alias("_day"))
    begins = F.col("_day") * _DAY_MS
    within = F.least(F.col("_to"), begins + _DAY_MS) - F.greatest(F.col("_from"), begins)
    day = F.date_from_unix_date(F.col("_day").cast("int")).alias(_KEY[1])
    return cut.groupBy("user_id", day).agg(F.sum(within).alias("_asleep_ms"))


def _with_length(days: DataFrame, users: DataFrame) -> DataFrame:
    """Add `_length_ms` of the local day, by the zone valid at noon UTC; 24 hours where none is known."""

    def midnight(day: Column) -> Column:
        return F.unix_millis(F.to_utc_timestamp(day.cast("timestamp"), F.col("time_zone")))

    length = midnight(F.date_add("activity_date", 1)) - midnight(F.col("activity_date"))
    return with_user_of_day(days, users, "activity_date").withColumn("_length_ms", F.coalesce(length, F.lit(_DAY_MS)))


def _sedentary_ms() -> Column:
    busy = F.coalesce("_moving_ms", F.lit(0)) + F.coalesce("_asleep_ms", F.lit(0))
    return F.greatest(F.col("_length_ms") - busy, F.lit(0))


def _minutes(milliseconds: Column) -> Column:
    """To the nearest minute, half up."""
    return F.floor((milliseconds + 30_000) / 60_000).cast("int")
