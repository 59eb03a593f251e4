"""Distance: health metrics → whole intervals in millimetres → pieces of one user that never overlap."""

from pyspark.sql import DataFrame

from spark_jobs.silver import intervals

READS = {"metrics": "metric_type = 'distance'"}
UNITS = {"m": "value * 1000", "km": "value * 1000000", "mi": "value * 1609344"}


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Whole intervals with the columns of `wearables/distance_intervals`."""
    return intervals.whole(metrics, devices, users, "distance_mm", UNITS)


def merge(judged: DataFrame) -> DataFrame:
    """Good intervals as pieces, rejected ones as they are."""
    return intervals.pieces(judged, "distance_mm")
