"""How well the coach served: turns of conversations → one row per local date and intent."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.decimals import rounded_quotient

_UNKNOWN = "unknown"
_LATENCY = "CASE WHEN role = 'coach' THEN latency_ms END"


def transform(turns: DataFrame) -> DataFrame:
    """Rows of `ai_coach/conversation_quality_daily`."""
    intent = F.coalesce("intent", F.lit(_UNKNOWN)).alias("intent")
    is_answer = F.col("role") == "coach"
    rating = F.when(is_answer, F.col("rating"))
    return turns.groupBy("event_date", intent).agg(
        F.count_distinct("conversation_id").alias("conversation_count"),
        F.count_distinct("user_id").alias("user_count"),
        F.count_if(~is_answer).alias("user_turns"),
        F.count_if(is_answer).alias("coach_turns"),
        F.coalesce(F.sum(F.col("tokens").cast("bigint")), F.lit(0)).alias("tokens"),
        F.expr(rounded_quotient(f"sum({_LATENCY})", f"nullif(count({_LATENCY}), 0)")).alias("latency_avg_ms"),
        F.expr(f"percentile_disc(0.95) WITHIN GROUP (ORDER BY {_LATENCY})").cast("int").alias("latency_p95_ms"),
        F.expr(f"max({_LATENCY})").alias("latency_max_ms"),
        F.count(rating).alias("rating_count"),
        _mean_to_hundredths(rating).alias("rating_avg"),
    )


def _mean_to_hundredths(of: Column) -> Column:
    count = F.nullif(F.count(of), F.lit(0)).cast("decimal(18,0)")
    return F.round(F.sum(of).cast("decimal(18,0)") / count, 2).cast("decimal(5,2)")
