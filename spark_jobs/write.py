"""The one door through which rows enter the lake: frame + planned commit → Delta commit, read back.

The table is made from its contract at the first write. The batch number is Delta's transaction version,
so that a batch can be committed once only, whoever tries: each write looks for its own run afterwards.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import ParamSpec, TypeVar

from deltalake import DeltaTable, Schema
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, DataFrameWriter, SparkSession
from pyspark.sql import functions as F
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits, measures, storage
from spark_jobs.commits import Commit
from spark_jobs.conflicts import met_another_writer
from spark_jobs.session import tagged

P = ParamSpec("P")
T = TypeVar("T")
_PROPERTIES = {
    "delta.logRetentionDuration": "interval 365 days",
    # Other engines read these tables, and not all of them know deletion vectors.
    "delta.enableDeletionVectors": "false",
    "delta.autoOptimize.optimizeWrite": "false",
    "delta.autoOptimize.autoCompact": "false",
}


class LostRace(RuntimeError):
    """Another writer took the batch; nothing of ours was written."""


def replan_once(function: Callable[P, T]) -> Callable[P, T]:
    """For a function that plans and writes: when it loses a race it runs once more, then raises LostRace."""
    return retry(retry=retry_if_exception_type(LostRace), stop=stop_after_attempt(2), reraise=True)(function)


def append(frame: DataFrame, of: Contract, zone: Zone, commit: Commit, *, evolve: bool = False) -> Commit:
    """Add rows; with `evolve`, columns beyond the contract are kept (a snapshot's own)."""
    shaped = frame if evolve else _shaped(frame, of, zone)
    return _commit(shaped, of, zone, commit, shaped.write.mode("append"))


def replace_dates(
    frame: DataFrame, of: Contract, zone: Zone, dates: Sequence[date], commit: Commit, root: str | None = None
) -> Commit:
    """Make exactly these dates of the table hold exactly these rows; a date without rows becomes empty.

    `root` is another place for the table than the lake, where a backfill stages it.
    Raises PySparkException (DELTA_REPLACE_WHERE_MISMATCH) if a row lies outside the dates.
    """
    if of.partition is None:
        raise ValueError(f"{of.address} has no partition column to replace by")
    if not dates:
        raise ValueError(f"{of.address}: no dates to replace")
    days = ", ".join(f"DATE'{day.isoformat()}'" for day in sorted(set(dates)))
    # Rows of a date come together, so that a date is one file or few, not one for each task.
    shaped = _shaped(frame, of, zone).hint("rebalance", of.partition)
    writer = shaped.write.mode("overwrite").option("replaceWhere", f"{of.partition} IN ({days})")
    return _commit(shaped, of, zone, commit, writer, root)


def replace_all(frame: DataFrame, of: Contract, zone: Zone, commit: Commit) -> Commit:
    """Make the whole table hold exactly these rows."""
    shaped = _shaped(frame, of, zone).hint("rebalance", *tables.partition_columns(of, zone))
    return _commit(shaped, of, zone, commit, shaped.write.mode("overwrite"))


def _shaped(frame: DataFrame, of: Contract, zone: Zone) -> DataFrame:
    """Exactly the contract's columns, in order and of its types; a missing one is an error that names it."""
    return frame.select(*(_typed(column.name, column.type) for column in tables.columns(of, zone)))


def _typed(name: str, type_: str) -> Column:
    return F.col(name).cast(type_).alias(name)


def _commit(
    frame: DataFrame, of: Contract, zone: Zone, commit: Commit, writer: DataFrameWriter, root: str | None = None
) -> Commit:
    path = tables.path(of, zone, root)
    spark = frame.sparkSession
    if not commits.exists(path):
        make_table(spark, of, zone, root)
    options = {
        "userMetadata": commit.as_json(),
        "txnAppId": commits.writer_name(of, zone),
        "txnVersion": str(commit.batch),
        "mergeSchema": "true",
    }
    partitions = tables.partition_columns(of, zone)
    try:
        with tagged(spark, commit.run):
            writer.format("delta").partitionBy(*partitions).options(**options).save(path)
    except PySparkException as error:
        if met_another_writer(error):
            words = f"{of.address}@{zone}: batch {commit.batch} met another writer ({error.getCondition()})"
            raise LostRace(words) from error
        raise
    done = replace(_read_back(path, of, zone, commit), measured=_measured(frame))
    measures.written(done)
    return done


def _measured(frame: DataFrame) -> dict[str, int]:
    """What the frame's observations counted while it was written, by the names of the counts.

    An observation tells nothing where Spark saw beforehand that it has no rows: its name then counts none.
    """
    found: dict[str, int] = {}
    for name, counts in frame.executionInfo.flows if frame.executionInfo else ():
        found |= counts or ({} if name in found else {name: 0})
    return found


def _read_back(path: str, of: Contract, zone: Zone, commit: Commit) -> Commit:
    """Our own commit as the log has it: Delta skips a batch number it knows without a word."""
    for found in commits.read(path, limit=10):
        if found.run == commit.run:
            return found
    raise LostRace(f"{of.address}@{zone}: batch {commit.batch} was committed by another run; nothing was written")


def make_table(spark: SparkSession, of: Contract, zone: Zone, root: str | None = None) -> None:
    """An empty table of the contract's columns, with their descriptions, if there is none yet.

    Made without Spark but for the reading of types: a table costs it as much as a small write.
    """
    columns = tables.columns(of, zone)
    # Delta writes types down as Spark does.
    schema = spark.createDataFrame([], tables.ddl(columns)).schema.jsonValue()
    for field, column in zip(schema["fields"], columns, strict=True):
        field["metadata"] = {"comment": column.description}
    skipping = ",".join(tables.columns_with_statistics(of, zone))
    # Counting the least and greatest of all columns would be a seventh of a write.
    statistics = {"delta.dataSkippingStatsColumns": skipping} if skipping else {"delta.dataSkippingNumIndexedCols": "0"}
    path = tables.path(of, zone, root)
    DeltaTable.create(
        storage.delta_uri(path),
        Schema.from_json(json.dumps(schema)),
        mode="ignore",
        partition_by=list(tables.partition_columns(of, zone)),
        description=of.description,
        configuration={**_PROPERTIES, **statistics},
        storage_options=storage.delta_options(path),
    )
