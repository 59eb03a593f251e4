"""Makes few files of many small ones, without touching a row: log → crowded partitions → Delta's OPTIMIZE → proof.

Which partitions are crowded is read off the log, without Spark, so a table with nothing to do costs milliseconds. The
commit carries nothing of ours and says that no data changed: progress, ledger and checks pass over it, an append that
comes in between does not meet it. A run that is killed leaves what it has committed, and files that nobody names.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from tenacity import retry, retry_if_exception, stop_after_attempt

from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.conflicts import met_another_writer
from spark_jobs.halt import Halt
from spark_jobs.ledger.log import Entry, Log, row_count

MANY = 8
"""So many small files of one partition are worth to be read and written once more."""
_ATTEMPTS = 3
# Batches are committed one by one: a run that is stopped has not worked in vain.
_FILES_PER_BATCH = 16
Partition = Mapping[str, Any]


@dataclass(frozen=True)
class Files:
    """So many files, of so many bytes."""

    count: int = 0
    size_bytes: int = 0

    def __add__(self, other: "Files") -> "Files":
        return Files(self.count + other.count, self.size_bytes + other.size_bytes)


@dataclass(frozen=True)
class Crowded:
    """Partitions with many small files, and these files together."""

    partitions: tuple[Partition, ...]
    files: Files


@dataclass(frozen=True)
class Merged:
    """The files that were replaced, and those that took their place."""

    before: Files = Files()
    after: Files = Files()

    def __add__(self, other: "Merged") -> "Merged":
        return Merged(self.before + other.before, self.after + other.after)


def crowded(uri: str) -> Crowded:
    """What there is to do in a table; nothing in one that does not exist."""
    table = storage.open_table(uri)
    files = pa.table(table.get_add_actions(flatten=True)) if table else None
    if table is None or not files:
        return Crowded((), Files())
    small = files.filter(pc.less(files["size_bytes"], _small_bytes()))
    names = table.metadata().partition_columns
    found = small.group_by([f"partition.{name}" for name in names]).aggregate(
        [([], "count_all"), ("size_bytes", "sum")]
    )
    many = found.filter(pc.greater_equal(found["count_all"], MANY)).to_pylist()
    total = Files(sum(row["count_all"] for row in many), sum(row["size_bytes_sum"] for row in many))
    return Crowded(tuple({name: row[f"partition.{name}"] for name in names} for row in many), total)


def compact(spark: SparkSession, uri: str) -> Merged:
    """Merge small files until no partition of the table is crowded.

    Raises Halt: a commit has not as many rows in the files that it added as in those that it removed.
    """
    table, last = storage.open_table(uri), None
    if table is None:
        return Merged()
    # What many tiny files become may be small again.
    while (found := crowded(uri)).partitions and found != last:
        _optimize(spark, uri, found.partitions)
        last = found
    return proven(uri, Log(uri).entries(table.version() + 1)) if last else Merged()


@retry(retry=retry_if_exception(met_another_writer), stop=stop_after_attempt(_ATTEMPTS), reraise=True)
def _optimize(spark: SparkSession, uri: str, partitions: Sequence[Partition]) -> None:
    """A partition that another writer replaces meanwhile keeps the others from being merged: then once more."""
    target = _target_bytes()
    sizes = {"minFileSize": _small_bytes(), "maxFileSize": target, "batchSize": _FILES_PER_BATCH * target}
    for name, size in sizes.items():
        spark.conf.set(f"spark.databricks.delta.optimize.{name}", str(size))
    spark.sql(f"OPTIMIZE delta.`{uri}` {_where(partitions)}").collect()


def _target_bytes() -> int:
    return profile().lake.target_file_mb * 1024 * 1024


def _small_bytes() -> int:
    """Files below this size are small: two of them fit into one."""
    return _target_bytes() // 2


def _where(partitions: Sequence[Partition]) -> str:
    """A predicate on partition columns; dates that share their other values are named together."""
    *others, last = partitions[0] or [""]
    if not last:
        return ""
    values: dict[tuple[str, ...], list[str]] = {}
    for one in partitions:
        values.setdefault(tuple(f"`{name}` = {_literal(one[name])}" for name in others), []).append(_literal(one[last]))
    clauses = (" AND ".join([*shared, f"`{last}` IN ({', '.join(each)})"]) for shared, each in values.items())
    return f"WHERE {' OR '.join(f'({clause})' for clause in clauses)}"


def _literal(value: Any) -> str:
    return f"DATE'{value.isoformat()}'" if isinstance(value, date) else f"'{value}'"


def proven(uri: str, log: Iterable[Entry]) -> Merged:
    """What the compactions among these commits have merged.

    Raises Halt: rows were lost or are there twice, or a file does not tell how many it has.
    """
    merged = Merged()
    for commit in log:
        if commit.info.get("operation") != "OPTIMIZE":
            continue
        was, now = _rows(commit.removes), _rows(commit.adds)
        if was is None or was != now:
            raise Halt(
                f"{uri}: version {commit.version} made {now} rows of {was}: report it, and while nothing runs "
                f"RESTORE TABLE delta.`{uri}` TO VERSION AS OF {commit.version - 1}"
            )
        merged += Merged(_files(commit.removes), _files(commit.adds))
    return merged


def _files(actions: Collection[Mapping[str, Any]]) -> Files:
    return Files(len(actions), sum(one["size"] for one in actions))


def _rows(actions: Iterable[Mapping[str, Any]]) -> int | None:
    """Rows of files together; None where one does not tell."""
    counts = [row_count(one) for one in actions]
    return None if None in counts else sum(count or 0 for count in counts)
