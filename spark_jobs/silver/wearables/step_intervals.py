"""Steps: health metrics → whole intervals → pieces of one user that never overlap, within local hours."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver import intervals

READS = {"metrics": "metric_type = 'steps'"}
UNITS = {"count": "value"}


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Whole intervals with the columns of `wearables/step_intervals`."""
    whole = intervals.whole(metrics, devices, users, "steps", UNITS)
    return whole.withColumn("interval_steps", F.col("steps"))


def merge(judged: DataFrame) -> DataFrame:
    """Good intervals as pieces, rejected ones as they are."""
    return intervals.pieces(judged, "steps")
