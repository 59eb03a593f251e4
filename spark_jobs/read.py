"""The one door through which jobs read the lake: contract + zone → frame of the contract's columns."""

from collections.abc import Collection

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone

_ABSENT = ("PATH_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE")


def table(
    spark: SparkSession, of: Contract, zone: Zone, version: int | None = None, root: str | None = None
) -> DataFrame:
    """Rows of a table, at a version or the newest; a missing table is an empty frame of the right schema."""
    wanted = tables.columns(of, zone)
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    try:
        frame = reader.load(tables.path(of, zone, root))
        present = set(frame.columns)
    except AnalysisException as error:
        if error.getCondition() not in _ABSENT:
            raise
        return spark.createDataFrame([], tables.ddl(wanted))
    if zone is Zone.RAW:
        return frame
    # A column that the contract gained since the last write is null in what was written before.
    missing = [F.lit(None).cast(column.type).alias(column.name) for column in wanted if column.name not in present]
    return frame.select("*", *missing).select(*(column.name for column in wanted))


def accepted(
    spark: SparkSession, of: Contract, zone: Zone, version: int | None = None, root: str | None = None
) -> DataFrame:
    """Like `table`, without the quarantine where the table has one."""
    frame = table(spark, of, zone, version, root)
    return frame.where(F.col("_status") == tables.ACCEPTED) if "_status" in frame.columns else frame


def newest_judgements(rows: DataFrame, replays: Collection[int] | None) -> DataFrame:
    """Bronze rows without those that a later batch judged again; `replays` are such batches, None if not known."""
    if replays is not None and not replays:
        return rows
    again = rows if replays is None else rows.where(F.col("_batch").isin(list(replays)))
    later = again.groupBy(*(F.col(name).alias(f"_later{name}") for name in tables.RECORD)).agg(
        F.max("_batch").alias("_later")
    )
    same = [F.col(name) == F.col(f"_later{name}") for name in tables.RECORD]
    return rows.join(later, [*same, F.col("_batch") < F.col("_later")], "left_anti")
