"""Readings at one instant: health metrics → the first landed of each device and instant, with owner and local day."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset
from spark_jobs.silver.ownership import with_owner


def readings(metrics: DataFrame, devices: DataFrame, users: DataFrame, name: str, value: Column) -> DataFrame:
    """One row per device and instant; `value`, made of `value` and `unit`, is the column `name`."""
    owned = with_owner(first_landed(metrics, ["measured_at", "device_id"]), devices, "measured_at")
    local = with_offset(owned, users, "measured_at", "measured_offset_minutes")
    return local.select(
        local_date(F.col("measured_at"), F.col("utc_offset_minutes")).alias("event_date"),
        "user_id",
        "device_id",
        "measured_at",
        value.alias(name),
        "source_app",
        "utc_offset_minutes",
        "is_offset_assumed",
        "event_id",
    )


def in_unit(unit: str, sql: str) -> Column:
    """A value in this unit; null where it came in another."""
    return F.when(F.col("unit") == unit, F.expr(sql))
