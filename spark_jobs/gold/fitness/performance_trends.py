"""Where weeks are going: weekly progress → for each metric and week, the slope of a line through eight weeks.

Least squares over weeks numbered 0 to 7: slope = (n·Σxy − Σx·Σy) / (n·Σx² − (Σx)²), in whole thousandths until the
division, so that the result does not depend on the order of rows.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.decimals import in_thousandths, rounded_signed_quotient

_WEEKS, _FEWEST = 8, 3
_METRICS = ("steps", "distance_m", "active_minutes", "workout_minutes")


def transform(weeks: DataFrame) -> DataFrame:
    """Rows of `fitness/performance_trends`."""
    values = F.explode(F.create_map(*(part for name in _METRICS for part in (F.lit(name), in_thousandths(name)))))
    points = weeks.select("user_id", "week_start_date", values.alias("metric", "_y")).where(F.col("_y").isNotNull())
    # Each value is a point of its own week's line and of the seven that follow.
    seen = points.withColumn("_later", F.explode(F.sequence(F.lit(0), F.lit(_WEEKS - 1))))
    x = F.lit(_WEEKS - 1) - F.col("_later")
    y = F.col("_y").cast("decimal(20,0)")
    lines = seen.groupBy(
        "user_id", "metric", F.date_add("week_start_date", 7 * F.col("_later")).alias("week_start_date")
    ).agg(
        F.max(F.when(F.col("_later") == 0, F.col("_y"))).alias("_own"),
        F.count(F.lit(1)).alias("week_count"),
        F.sum(x).cast("decimal(10,0)").alias("_x"),
        F.sum(x * x).cast("decimal(10,0)").alias("_xx"),
        F.sum(y).cast("decimal(20,0)").alias("_y"),
        F.sum(x * y).cast("decimal(20,0)").alias("_xy"),
    )
    sides = lines.withColumns(
        {
            "_rise": F.expr("week_count * _xy - _x * _y"),
            "_run": F.expr("nullif(week_count * _xx - _x * _x, 0)"),
        }
    )
    slope = F.expr(rounded_signed_quotient("_rise", "_run"))
    return sides.where(F.col("_own").isNotNull()).select(
        "user_id",
        "metric",
        "week_start_date",
        F.expr("cast(_own AS decimal(20,0)) * 0.001BD").alias("metric_value"),
        "week_count",
        F.when(F.col("week_count") >= _FEWEST, slope.cast("decimal(17,0)") * F.expr("0.001BD")).alias("slope_per_week"),
    )
