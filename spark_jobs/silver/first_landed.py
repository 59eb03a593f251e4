"""One row per key, the one that landed first: bronze rows with their source position → bronze rows.

Sorting millions of rows to find a few duplicates is dear: keys that occur twice are found by a hash, only their rows
are ranked, and the losers, which are few, are counted (observed as `duplicates`) and taken out by their position.
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.measures import DUPLICATES

# Files that land in one batch have their instant and their line numbers in common.
POSITION = ("_logged_at", "_origin", "_partition", "_offset")


def first_landed(rows: DataFrame, key: Sequence[str]) -> DataFrame:
    """The row of each key with the smallest (_logged_at, _origin, _partition, _offset)."""
    key_hash = F.xxhash64(*key).alias("_key_hash")
    repeated = rows.groupBy(key_hash).count().where(F.col("count") > 1).select("_key_hash")
    suspects = rows.select(*key, *POSITION, key_hash).join(F.broadcast(repeated), "_key_hash", "left_semi")
    order = F.row_number().over(Window.partitionBy(*key).orderBy(*POSITION))
    losers = suspects.withColumn("_landed", order).where(F.col("_landed") > 1).select(*POSITION)
    counted = losers.observe(DUPLICATES, F.count(F.lit(1)).alias(DUPLICATES))
    return rows.join(F.broadcast(counted), list(POSITION), "left_anti")
