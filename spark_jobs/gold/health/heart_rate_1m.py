"""Heart rate by minute: readings → one row per user and minute of the epoch."""

from pyspark.sql import DataFrame

from spark_jobs.gold import heart_rate


def transform(readings: DataFrame) -> DataFrame:
    """Rows of `health/heart_rate_1m`."""
    return heart_rate.panes(readings)
