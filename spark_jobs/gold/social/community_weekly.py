"""Groups by week: ties as weeks begin + interactions → members of each group at its end, who came, left and acted.

A week is reported when its days have come, that is when its Sunday has half the interactions of its average day.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.decimals import rounded_quotient
from spark_jobs.silver.last_words import GROUP_WORDS, MEMBERSHIP, last_words
from spark_jobs.silver.local_time import monday

_KEY = ["week_start_date", "group_id"]
_MEMBER = [*_KEY, "user_id"]
_SUNDAY, _DAYS = 6, 7


def transform(ties: DataFrame, interactions: DataFrame) -> DataFrame:
    """Rows of `social/community_weekly`."""
    began = _of_groups(ties).select(*_MEMBER, F.lit(True).alias("_was"))
    said = _of_groups(last_words(interactions, "week_start_date")).select(*_MEMBER, "_holds")
    members = began.join(said, _MEMBER, "full").join(_acted(interactions), _MEMBER, "left")
    was, is_in = _is(F.col("_was")), _is(F.coalesce("_holds", "_was"))
    counted = members.groupBy(*_KEY).agg(
        F.count_if(is_in).alias("members"),
        F.count_if(is_in & ~was).alias("new_members"),
        F.count_if(was & ~is_in).alias("left_members"),
        F.count_if(is_in & _is(F.col("_acted"))).alias("active_members"),
        F.count_if(was).alias("_began"),
    )
    whole = F.broadcast(_whole_weeks(interactions))
    reported = counted.where("members + left_members > 0").join(whole, "week_start_date", "left_semi")
    return reported.withColumn("retention", _retention())


def _of_groups(ties: DataFrame) -> DataFrame:
    return ties.where(F.col("tie_type") == MEMBERSHIP).withColumnRenamed("tied_to_id", "group_id")


def _acted(interactions: DataFrame) -> DataFrame:
    """Who did something about a group in a week, joining and leaving apart."""
    is_act = F.col("group_id").isNotNull() & ~F.col("interaction_type").isin(*GROUP_WORDS)
    acts = interactions.where(is_act).select(monday("event_date"), "group_id", "user_id")
    return acts.distinct().withColumn("_acted", F.lit(True))


def _whole_weeks(interactions: DataFrame) -> DataFrame:
    is_on_sunday = F.weekday("event_date") == _SUNDAY
    seen = interactions.groupBy(monday("event_date")).agg(
        F.count(F.lit(1)).alias("_all"), F.count_if(is_on_sunday).alias("_on_sunday")
    )
    return seen.where(2 * _DAYS * F.col("_on_sunday") >= F.col("_all")).select("week_start_date")


def _is(flag: Column) -> Column:
    return F.coalesce(flag, F.lit(False))


def _retention() -> Column:
    """Ten-thousandths, rounded half up as whole numbers."""
    stayed = rounded_quotient("10000 * (_began - left_members)", "nullif(_began, 0)")
    return F.expr(f"cast({stayed} AS decimal(5,0)) * 0.0001BD")
