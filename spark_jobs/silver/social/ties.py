"""Ties as weeks begin: those of an earlier week + interactions since → those of each later week with interactions."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.silver.last_words import TIE, last_words
from spark_jobs.silver.local_time import monday


def transform(before: DataFrame, interactions: DataFrame) -> DataFrame:
    """Rows of `social/ties`; `before` is its one week from which on interactions are given, if there is any."""
    weeks = interactions.select(monday("event_date").alias("_week")).distinct()
    # What holds when a week begins was said before it.
    held = before.select(*TIE, F.date_sub("week_start_date", 7).alias("week_start_date"), F.lit(True).alias("_holds"))
    in_time = Window.partitionBy(*TIE).orderBy("week_start_date")
    words = held.unionByName(last_words(interactions, "week_start_date"))
    spans = words.withColumn("_until", F.lead("week_start_date").over(in_time)).where("_holds")
    is_later = F.col("_week") > F.col("week_start_date")
    is_unsaid = F.col("_until").isNull() | (F.col("_week") <= F.col("_until"))
    return spans.join(F.broadcast(weeks), is_later & is_unsaid).select(F.col("_week").alias("week_start_date"), *TIE)
