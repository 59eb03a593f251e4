"""Weighings: health metrics → one row per device and instant, in kilograms, with owner and local day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset
from spark_jobs.silver.ownership import with_owner

READS = {"metrics": "metric_type = 'weight'"}
KILOGRAMS_IN_A_POUND = "0.45359237BD"


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `wearables/body_measurements`; an unknown unit gives a null weight."""
    weighings = first_landed(metrics, ["measured_at", "device_id"])
    owned = with_owner(weighings, devices, "measured_at")
    local = with_offset(owned, users, "measured_at", "measured_offset_minutes")
    # Decimals, so that half a gram rounds up whatever a double makes of it.
    value = "try_cast(value AS decimal(16,6))"
    pounds = F.expr(f"try_cast(round({value} * {KILOGRAMS_IN_A_POUND}, 3) AS decimal(7,3))")
    kilograms = F.expr(f"try_cast(round({value}, 3) AS decimal(7,3))")
    return local.select(
        local_date(F.col("measured_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "user_id",
        "device_id",
        "measured_at",
        F.when(F.col("unit") == "kg", kilograms).when(F.col("unit") == "lb", pounds).alias("weight_kg"),
        "source_app",
        "utc_offset_minutes",
        "is_offset_assumed",
        "event_id",
    )
