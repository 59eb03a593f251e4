"""Heart rate in ten minutes that slide by one: panes of a minute → one row per user and minute."""

from pyspark.sql import DataFrame

from spark_jobs.gold import heart_rate


def transform(panes: DataFrame) -> DataFrame:
    """Rows of `health/heart_rate_trend`."""
    return heart_rate.trend(panes)
