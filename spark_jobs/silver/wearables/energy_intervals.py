"""Energy: health metrics → whole intervals in small calories → pieces that never overlap, by type of energy."""

from pyspark.sql import DataFrame

from spark_jobs.silver import intervals

READS = {"metrics": "metric_type = 'energy'"}
UNITS = {"kcal": "value * 1000", "kJ": "value * 1000 / 4.184D"}
APART = ("energy_type",)


def transform(metrics: DataFrame, devices: DataFrame, users: DataFrame) -> DataFrame:
    """Whole intervals with the columns of `wearables/energy_intervals`."""
    return intervals.whole(metrics, devices, users, "energy_cal", UNITS, APART)


def merge(judged: DataFrame) -> DataFrame:
    """Good intervals as pieces, rejected ones as they are."""
    return intervals.pieces(judged, "energy_cal", APART)
