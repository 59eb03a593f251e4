"""Heart-rate readings: health metrics → one row per device and instant, in whole beats per minute."""

from pyspark.sql import DataFrame

from spark_jobs.silver.instants import in_unit, readings

READS = {"metrics": "metric_type = 'heart_rate'"}


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Readings of `wearables/heart_rate_readings`; a unit other than bpm gives a null reading."""
    beats = in_unit("bpm", "try_cast(floor(value + 0.5D) AS int)")
    return readings(metrics, devices, users, "heart_rate_bpm", beats)
