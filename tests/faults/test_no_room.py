"""A file that cannot be written to its end, as on a full disk: nothing of it is in the lake, and the same again is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import commits, read, write
from tests.own_server import listening_at

METRICS = contract("wearables/health_metrics")
ROWS = 200_000


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """No file of the Spark server grows beyond this size meanwhile."""
    server = listening_at(profile().spark.port)
    before = server.rlimit(psutil.RLIMIT_FSIZE)
    server.rlimit(psutil.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        server.rlimit(psutil.RLIMIT_FSIZE, before)


def land(spark: SparkSession) -> None:
    text = F.sha2(F.col("id").cast("string"), 256)
    constant = {"_batch": F.lit(1), "_partition": F.lit(0), "_status": F.lit("accepted"), "_origin": F.lit("topic")}
    values = {**constant, "_offset": F.col("id"), "event_id": text, "_event_date": F.lit("2025-03-24").cast("date")}
    names = {column.name: column.type for column in tables.columns(METRICS, Zone.BRONZE)}
    frame = spark.range(ROWS).select(
        *(values.get(name, F.lit(None)).cast(type_).alias(name) for name, type_ in names.items())
    )
    write.append(frame, METRICS, Zone.BRONZE, commits.progress(METRICS, Zone.BRONZE).plan({}))


def test_a_batch_without_room_is_not_there_at_all_and_the_next_try_is_there_once(
    spark: SparkSession, lake: Path, tmp_path: Path
) -> None:
    # A server's first write unpacks libraries, and would never get over having no room for them.
    spark.range(1).write.parquet(f"file:{tmp_path}/first")
    with room_for(1_000_000), pytest.raises(PySparkException, match="File too large"):
        land(spark)
    assert commits.newest(METRICS, Zone.BRONZE) is None
    assert read.table(spark, METRICS, Zone.BRONZE).count() == 0
    land(spark)
    assert read.table(spark, METRICS, Zone.BRONZE).agg(F.count_distinct("event_id")).collect()[0][0] == ROWS
    assert commits.newest(METRICS, Zone.BRONZE).batch == 1
