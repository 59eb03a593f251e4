"""How hard workouts were: sessions + samples + years of birth → time in heart-rate zones and training load.

The highest heart rate is 208 − 0.7 · age (Tanaka et al. 2001); zone k begins at 40 + 10·k % of it, and a minute there
counts k (Edwards 1993). Zones are told in whole numbers, so that a beat on an edge is in the same zone everywhere.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.age import age

_KEY = "workout_session_id"
_ZONES = (1, 2, 3, 4, 5)


def transform(sessions: DataFrame, samples: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `fitness/workout_intensity`."""
    known = _with_tenths(sessions.where(F.col("user_id").isNotNull()), users)
    tenths = known.select(_KEY, "_tenths")
    rated = samples.where(F.col("heart_rate_bpm").isNotNull()).join(tenths, _KEY).withColumn("_zone", _zone())
    spent = rated.groupBy(_KEY).agg(*(_in_zone(zone) for zone in _ZONES))
    is_rated = F.col("_tenths").isNotNull()
    effort = sum((zone * F.coalesce(f"_ms_{zone}", F.lit(0)) for zone in _ZONES), F.lit(0))
    return known.join(spent, _KEY, "left").select(
        "event_date",
        "user_id",
        _KEY,
        "activity_type",
        "started_at",
        "duration_s",
        (F.col("duration_s") - F.col("paused_s")).alias("moving_s"),
        "distance_m",
        "heart_rate_avg_bpm",
        F.expr("cast((_tenths + 5) div 10 AS int)").alias("max_heart_rate_bpm"),
        *(F.when(is_rated, _seconds(f"_ms_{zone}")).alias(f"seconds_zone_{zone}") for zone in _ZONES),
        F.when(is_rated, _hundredths_of_minutes(effort)).alias("load"),
    )


def _with_tenths(sessions: DataFrame, users: DataFrame) -> DataFrame:
    """Tenths of the highest heart rate, by the year of birth that was known when the workout began."""
    born = users.select(
        F.col("user_id").alias("_user"),
        "birth_year",
        F.col("valid_from").alias("_from"),
        F.col("valid_to").alias("_to"),
    )
    then = (F.col("started_at") >= F.col("_from")) & (F.col("_to").isNull() | (F.col("started_at") < F.col("_to")))
    joined = sessions.join(born, (F.col("user_id") == F.col("_user")) & then, "left")
    return joined.withColumn("_tenths", 2080 - 7 * age("event_date"))


def _zone() -> Column:
    """0 below the first zone."""
    share = F.expr("(100 * heart_rate_bpm) div _tenths")
    return F.greatest(F.least(share - 4, F.lit(_ZONES[-1])), F.lit(0))


def _in_zone(zone: int) -> Column:
    return F.sum(F.when(F.col("_zone") == zone, F.col("lasts_ms"))).alias(f"_ms_{zone}")


def _seconds(milliseconds: str) -> Column:
    return F.expr(f"(coalesce({milliseconds}, 0) + 500) div 1000")


def _hundredths_of_minutes(milliseconds: Column) -> Column:
    hundredths = F.floor((milliseconds * 100 + 30_000) / 60_000)
    return hundredths.cast("decimal(12,0)") * F.expr("0.01BD")
