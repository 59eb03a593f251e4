"""The network by day: ties as weeks begin + interactions → edges and nodes as each local date ends, what came and went.

A week's days start from the ties with which it began and add what the days changed, so a day needs six days before it
at most. A pair's follow and unfollow of one day are no change: new and lost compare the ends of days.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.gold.decimals import rounded_quotient
from spark_jobs.silver.last_words import FOLLOW, last_words
from spark_jobs.silver.local_time import monday

_WEEK = "week_start_date"
_PAIR = (_WEEK, "user_id", "tied_to_id")


def transform(ties: DataFrame, interactions: DataFrame) -> DataFrame:
    """Rows of `social/network_growth_daily`."""
    follows = ties.where(F.col("tie_type") == FOLLOW).select(*_PAIR)
    changes = _changes(follows, interactions)
    degrees = _ends(follows).groupBy(_WEEK, "_node").agg(F.count(F.lit(1)).alias("_degree"))
    begins = [
        follows.groupBy(_WEEK).agg(F.count(F.lit(1)).alias("_edges")),
        degrees.groupBy(_WEEK).agg(F.count(F.lit(1)).alias("_nodes")),
    ]
    of_day = [_edges(changes), _nodes(changes, degrees)]
    days = interactions.select("event_date", monday("event_date")).distinct()
    for found, key in (*((one, _WEEK) for one in begins), *((one, "event_date") for one in of_day)):
        days = days.join(F.broadcast(found), key, "left")
    so_far = Window.partitionBy(_WEEK).orderBy("event_date")
    counted = days.select(
        "event_date",
        (_known("_nodes") + F.sum(_known("_more_nodes")).over(so_far)).alias("nodes"),
        (_known("_edges") + F.sum(_known("new_edges") - _known("lost_edges")).over(so_far)).alias("edges"),
        *(_known(name).alias(name) for name in ("new_edges", "lost_edges")),
    )
    return counted.withColumn("density", _density())


def _changes(follows: DataFrame, interactions: DataFrame) -> DataFrame:
    """Pairs that a date left otherwise than the day before did: `_change` is 1 or -1."""
    words = last_words(interactions, _WEEK, "event_date").where(F.col("tie_type") == FOLLOW)
    in_time = Window.partitionBy(*_PAIR).orderBy("event_date")
    known = words.join(follows.withColumn("_began", F.lit(True)), list(_PAIR), "left")
    was = F.coalesce(F.lag("_holds").over(in_time), F.col("_began"), F.lit(False))
    change = F.col("_holds").cast("int") - was.cast("int")
    return known.select("event_date", *_PAIR, change.alias("_change")).where("_change <> 0")


def _ends(pairs: DataFrame) -> DataFrame:
    """Both users of each pair, as `_node`."""
    return pairs.withColumn("_node", F.explode(F.array("user_id", "tied_to_id")))


def _edges(changes: DataFrame) -> DataFrame:
    return changes.groupBy("event_date").agg(
        F.count_if(F.col("_change") > 0).alias("new_edges"), F.count_if(F.col("_change") < 0).alias("lost_edges")
    )


def _nodes(changes: DataFrame, degrees: DataFrame) -> DataFrame:
    """How many more users have a tie at the end of a date than before it."""
    moved = _ends(changes).groupBy(_WEEK, "_node", "event_date").agg(F.sum("_change").alias("_change"))
    in_time = Window.partitionBy(_WEEK, "_node").orderBy("event_date")
    after = _known("_degree") + F.sum("_change").over(in_time)
    known = moved.join(degrees, [_WEEK, "_node"], "left").withColumn("_after", after)
    is_in, was_in = F.col("_after") > 0, F.col("_after") > F.col("_change")
    more = F.sum(is_in.cast("int") - was_in.cast("int"))
    return known.groupBy("event_date").agg(more.alias("_more_nodes"))


def _known(name: str) -> Column:
    return F.coalesce(name, F.lit(0))


def _density() -> Column:
    """Whole numbers until the division, so that a half is rounded up and no digit depends on an engine."""
    possible = "cast(nodes AS decimal(18,0)) * (nodes - 1)"
    trillionths = rounded_quotient("cast(edges AS decimal(18,0)) * 1000000000000BD", possible)
    return F.when(F.col("nodes") > 1, F.expr(f"cast({trillionths} AS decimal(13,0)) * 0.000000000001BD"))
