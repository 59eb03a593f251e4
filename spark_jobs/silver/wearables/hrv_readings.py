"""Heart-rate variability: health metrics → one row per device and instant, in milliseconds."""

from pyspark.sql import DataFrame

from spark_jobs.silver.instants import in_unit, readings

READS = {"metrics": "metric_type = 'hrv'"}


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `wearables/hrv_readings`; a unit other than ms gives a null reading."""
    milliseconds = in_unit("ms", "try_cast(round(try_cast(value AS decimal(16,6)), 2) AS decimal(7,2))")
    return readings(metrics, devices, users, "hrv_ms", milliseconds)
