"""How often a user did what with others: interactions → one row per user, local date and type."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def transform(interactions: DataFrame) -> DataFrame:
    """Rows of `social/interaction_frequency`."""
    return interactions.groupBy("event_date", "user_id", "interaction_type").agg(
        F.count(F.lit(1)).alias("interaction_count"),
        F.count_distinct("target_user_id").alias("target_count"),
        F.count_distinct("group_id").alias("group_count"),
    )
