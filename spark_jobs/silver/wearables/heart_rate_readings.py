"""Heart-rate readings: health metrics → one row per device and instant, with owner and local day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset
from spark_jobs.silver.ownership import with_owner

READS = {"metrics": "metric_type = 'heart_rate'"}


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Readings of `wearables/heart_rate_readings`; a unit other than bpm gives a null reading."""
    readings = first_landed(metrics, ["measured_at", "device_id"])
    owned = with_owner(readings, devices, "measured_at")
    local = with_offset(owned, users, "measured_at", "measured_offset_minutes")
    beats = F.expr("try_cast(floor(value + 0.5D) AS int)")
    return local.select(
        local_date(F.col("measured_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "user_id",
        "device_id",
        "measured_at",
        F.when(F.col("unit") == "bpm", beats).alias("heart_rate_bpm"),
        "source_app",
        "utc_offset_minutes",
        "is_offset_assumed",
        "event_id",
    )
