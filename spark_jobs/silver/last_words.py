"""What interactions say of ties: follow and unfollow, join_group and leave_group → the last word of a period on a tie.

A tie is between a user and whom they follow, or the group they are in; nobody follows themselves. The last word is that
of the newest (local date, instant, event id): two words of one instant always end the same way. Following twice says
nothing new, and an unfollow without a follow says that there is no tie, as there was none.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.silver.local_time import monday

TIE = ("tie_type", "user_id", "tied_to_id")
FOLLOW, MEMBERSHIP = "follow", "membership"
GROUP_WORDS = ("join_group", "leave_group")
_FOLLOW_WORDS = ("follow", "unfollow")
_BEGINS = ("follow", "join_group")


def last_words(interactions: DataFrame, *period: str) -> DataFrame:
    """One row per tie and period in which something was said of it: the tie, the period and `_holds`.

    `period`: `week_start_date`, and `event_date` for the days of weeks.
    """
    is_of_follow, is_of_group = (F.col("interaction_type").isin(*words) for words in (_FOLLOW_WORDS, GROUP_WORDS))
    words = interactions.where(is_of_follow | is_of_group).select(
        F.when(is_of_follow, F.lit(FOLLOW)).otherwise(F.lit(MEMBERSHIP)).alias("tie_type"),
        "user_id",
        F.when(is_of_follow, F.col("target_user_id")).otherwise(F.col("group_id")).alias("tied_to_id"),
        "event_date",
        monday("event_date"),
        F.col("interaction_type").isin(*_BEGINS).alias("_holds"),
        F.struct("event_date", "occurred_at", "event_id").alias("_order"),
    )
    is_of_two = (F.col("tie_type") == MEMBERSHIP) | (F.col("user_id") != F.col("tied_to_id"))
    return words.where(is_of_two).groupBy(*TIE, *period).agg(F.max_by("_holds", "_order").alias("_holds"))
