"""Heart rate by the hour: panes of a minute → one row per user and tumbling window of the epoch."""

from pyspark.sql import DataFrame

from spark_jobs.gold import heart_rate


def transform(panes: DataFrame) -> DataFrame:
    """Rows of `health/heart_rate_1h`."""
    return heart_rate.windows(panes, heart_rate.HOUR)
