"""Weighings: health metrics → one row per device and instant, in kilograms."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.instants import in_unit, readings

READS = {"metrics": "metric_type = 'weight'"}
KILOGRAMS_IN_A_POUND = "0.45359237BD"


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `wearables/body_measurements`; an unknown unit gives a null weight."""
    # Decimals, so that half a gram rounds up whatever a double makes of it.
    value = "try_cast(value AS decimal(16,6))"
    kilograms = in_unit("kg", f"try_cast(round({value}, 3) AS decimal(7,3))")
    pounds = in_unit("lb", f"try_cast(round({value} * {KILOGRAMS_IN_A_POUND}, 3) AS decimal(7,3))")
    return readings(metrics, devices, users, "weight_kg", F.coalesce(kilograms, pounds))
