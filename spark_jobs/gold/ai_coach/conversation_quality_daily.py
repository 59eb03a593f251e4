"""How well the coach served: turns of conversations → one row per local date and intent."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_UNKNOWN = "unknown"


def transform(turns: DataFrame) -> DataFrame:
    """Rows of `ai_coach/conversation_quality_daily`."""
    intent = F.coalesce("intent", F.lit(_UNKNOWN)).alias("intent")
    is_answer = F.col("role") == "coach"
    latency, rating = (F.when(is_answer, F.col(name)) for name in ("latency_ms", "rating"))
    return turns.groupBy("event_date", intent).agg(
        F.count_distinct("conversation_id").alias("conversation_count"),
        F.count_distinct("user_id").alias("user_count"),
        F.count_if(~is_answer).alias("user_turns"),
        F.count_if(is_answer).alias("coach_turns"),
        F.coalesce(F.sum(F.col("tokens").cast("bigint")), F.lit(0)).alias("tokens"),
        _rounded_mean(latency).alias("latency_avg_ms"),
        F.expr("percentile_disc(0.95) WITHIN GROUP (ORDER BY CASE WHEN role = 'coach' THEN latency_ms END)")
        .cast("int")
        .alias("latency_p95_ms"),
        F.max(latency).alias("latency_max_ms"),
        F.count(rating).alias("rating_count"),
        _mean_to_hundredths(rating).alias("rating_avg"),
    )


def _rounded_mean(of: Column) -> Column:
    """The mean of whole numbers that are not negative, half up; null without any."""
    total, count = F.sum(of.cast("bigint")), F.count(of)
    return F.floor((2 * total + count) / (2 * F.nullif(count, F.lit(0)))).cast("bigint")


def _mean_to_hundredths(of: Column) -> Column:
    count = F.nullif(F.count(of), F.lit(0)).cast("decimal(18,0)")
    return F.round(F.sum(of).cast("decimal(18,0)") / count, 2).cast("decimal(5,2)")
