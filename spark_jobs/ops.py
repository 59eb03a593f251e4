"""Small tables about the lake itself, `<lake>/ops/<name>`, apart from its data.

Each has one kind of writer: Spark, by `append`, but for logs of events, which `event_log` writes without it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lake_layout.profile import profile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def path(name: str) -> str:
    """The URI of a table."""
    return f"{profile().lake.root}/ops/{name}"


def append(spark: "SparkSession", name: str, rows: Sequence[tuple[Any, ...]], columns: str) -> None:
    """Add rows in one commit; `columns` is their DDL. The first rows make the table."""
    frame = spark.createDataFrame(list(rows), columns).coalesce(1)
    frame.write.format("delta").mode("append").option("mergeSchema", "true").save(path(name))
