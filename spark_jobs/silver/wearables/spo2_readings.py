"""Blood oxygen: health metrics → one row per device and instant, in percent."""

from pyspark.sql import DataFrame

from spark_jobs.silver.instants import in_unit, readings

READS = {"metrics": "metric_type = 'spo2'"}


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `wearables/spo2_readings`; a unit other than % gives a null reading."""
    percent = in_unit("%", "try_cast(round(try_cast(value AS decimal(16,6)), 2) AS decimal(5,2))")
    return readings(metrics, devices, users, "spo2_percent", percent)
