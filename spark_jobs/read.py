"""The one door through which jobs read the lake: contract + zone → frame of the contract's columns."""

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone

_ABSENT = ("PATH_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE")


def table(spark: SparkSession, of: Contract, zone: Zone, version: int | None = None) -> DataFrame:
    """Rows of a table, at a version or the newest; a missing table is an empty frame of the right schema."""
    wanted = tables.columns(of, zone)
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    try:
        frame = reader.load(tables.path(of, zone))
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


def accepted(spark: SparkSession, of: Contract, zone: Zone, version: int | None = None) -> DataFrame:
    """Like `table`, without the quarantine where the table has one."""
    frame = table(spark, of, zone, version)
    return frame.where(F.col("_status") == tables.ACCEPTED) if "_status" in frame.columns else frame
