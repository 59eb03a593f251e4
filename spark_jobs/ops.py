"""Small tables about the lake itself, `<lake>/ops/<name>`, apart from its data.

Each has one kind of writer: Spark, by `append`, but for logs of events, which `event_log` writes without it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tenacity import retry, retry_if_exception, stop_after_attempt

from lake_layout.profile import profile
from spark_jobs.conflicts import met_another_writer

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ATTEMPTS = 5


def path(name: str) -> str:
    """The URI of a table."""
    return f"{profile().lake.root}/ops/{name}"


@retry(retry=retry_if_exception(met_another_writer), stop=stop_after_attempt(_ATTEMPTS), reraise=True)
def append(spark: "SparkSession", name: str, rows: Sequence[tuple[Any, ...]], columns: str) -> None:
    """Add rows in one commit; `columns` is their DDL. The first rows make the table, and of jobs that run side by
    side one makes it.
    """
    frame = spark.createDataFrame(list(rows), columns).coalesce(1)
    frame.write.format("delta").mode("append").option("mergeSchema", "true").save(path(name))
