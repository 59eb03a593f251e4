"""Steps by local hour: step pieces with clock times → one row per user, local date, hour and offset."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.local_time import local_time


def transform(steps: DataFrame) -> DataFrame:
    """Rows of `health/hourly_steps`; estimated intervals and those of unknown owners are left out."""
    timed = steps.where(~F.col("is_time_estimated") & F.col("user_id").isNotNull())
    hour = F.hour(local_time(F.col("started_at"), F.col("utc_offset_minutes"))).alias("local_hour")
    return timed.groupBy("event_date", "user_id", hour, "utc_offset_minutes").agg(F.sum("steps").alias("steps"))
