"""What the commits of a table say about progress: Delta history → batches with the positions they consumed.

Every write carries `{"batch", "inputs", "dates", "rows", "run"}` as its Delta user metadata; commits
without it (a compaction, the creation of the table) are passed over.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Row, SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone

_RECENT = 20
_ABSENT = ("DELTA_TABLE_ONLY_OPERATION", "DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE", "PATH_NOT_FOUND")


@dataclass(frozen=True)
class Commit:
    """One batch of a table: `inputs` are the positions up to which it read, `dates` those it replaced.

    `rows` are counts known before the write; `written` and `version` are added when it is read back.
    """

    batch: int
    inputs: Mapping[str, Any] = field(default_factory=dict)
    dates: tuple[date, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    run: str = ""
    version: int | None = None

    def as_json(self) -> str:
        body = {
            "batch": self.batch,
            "inputs": self.inputs,
            "dates": [day.isoformat() for day in self.dates],
            "rows": self.rows,
            "run": self.run,
        }
        return json.dumps(body)


@dataclass(frozen=True)
class Progress:
    """Where a table stands: what it has consumed, and its next batch.

    Both come from one look at the history. Were the batch number asked for later than the positions, a commit
    in between would be counted by the one and not by the other, and its rows would be written twice.
    """

    consumed: Mapping[str, Any]
    next_batch: int

    def plan(
        self, inputs: Mapping[str, Any], dates: Iterable[date] = (), rows: Mapping[str, int] | None = None
    ) -> Commit:
        """The next batch, to be handed to a write; it is refused if another commit came since."""
        return Commit(self.next_batch, inputs, tuple(sorted(set(dates))), rows or {}, str(uuid.uuid4()))


def input_name(address: str, zone: Zone) -> str:
    """How a commit names an input table."""
    return f"{address}@{zone}"


def newest(spark: SparkSession, of: Contract, zone: Zone) -> Commit | None:
    """The newest commit that carries our metadata; None for a table without one."""
    path = tables.path(of, zone)
    return next(iter(read(spark, path, limit=_RECENT)), None) or next(iter(read(spark, path)), None)


def since(spark: SparkSession, of: Contract, zone: Zone, batch: int) -> list[Commit] | None:
    """Commits of batches above `batch`, oldest first; None where the history no longer reaches back to it."""
    path = tables.path(of, zone)
    for limit in (_RECENT, None):
        found = sorted((one for one in read(spark, path, limit) if one.batch > batch), key=lambda one: one.batch)
        if not found or found[0].batch == batch + 1:
            return found
    return None


def progress(spark: SparkSession, of: Contract, zone: Zone) -> Progress:
    """Where the table stands; nothing is consumed before the first commit that carries positions."""
    path = tables.path(of, zone)
    last = newest(spark, of, zone)
    if last:
        return Progress(last.inputs, last.batch + 1)
    rows = _history(spark, path, limit=1)
    # Each batch took a version, so the version is above every batch whose commit has been cleaned up.
    return Progress({}, rows[0].version + 1 if rows else 1)


def exists(spark: SparkSession, path: str) -> bool:
    """Whether a Delta table stands at the path."""
    return _history(spark, path, limit=1) is not None


def read(spark: SparkSession, path: str, limit: int | None = None) -> list[Commit]:
    """Commits with our metadata, newest first, among the newest `limit` of all."""
    return [_parse(row) for row in _history(spark, path, limit) or [] if row.userMetadata]


def _history(spark: SparkSession, path: str, limit: int | None) -> list[Row] | None:
    """Rows of DESCRIBE HISTORY, newest first; None where there is no Delta table."""
    cut = f" LIMIT {limit}" if limit else ""
    try:
        frame = spark.sql(f"DESCRIBE HISTORY delta.`{path}`{cut}")
        return frame.select("version", "userMetadata", "operationMetrics").collect()
    except AnalysisException as error:
        if error.getCondition() in _ABSENT:
            return None
        raise


def _parse(row: Row) -> Commit:
    body = json.loads(row.userMetadata)
    written = (row.operationMetrics or {}).get("numOutputRows")
    rows = {**body["rows"], **({"written": int(written)} if written is not None else {})}
    dates = tuple(date.fromisoformat(day) for day in body["dates"])
    return Commit(body["batch"], body["inputs"], dates, rows, body["run"], row.version)
