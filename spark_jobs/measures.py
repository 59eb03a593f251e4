"""What a commit does not tell of its batch: late rows, duplicates, CPU → `<lake>/ops/measures`, by run.

A commit is closed when Spark has counted, so these counts stand beside the tables. A job that dies between a commit
and this note leaves them unknown, never wrong.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_jobs import cpu, ops
from spark_jobs.commits import Commit

TABLE = "measures"
LATE, DUPLICATES = "late", "duplicates"
COUNTS = (LATE, DUPLICATES)
"""Names of what is observed in a frame that is written."""
CPU = "cpu_seconds"
_COLUMNS = f"measured_at timestamp, run string, late bigint, duplicates bigint, {CPU} double"
_written: list[Commit] = []


def written(commit: Commit) -> None:
    """Every write says so, from whatever thread of the job."""
    _written.append(commit)


@contextmanager
def noted(spark: SparkSession) -> Iterator[list[Commit]]:
    """The commits of a block; what they counted is noted at its end, in one commit, even where another table fails."""
    _written.clear()
    try:
        yield _written
    finally:
        _note(spark, _written)


def _note(spark: SparkSession, commits: Sequence[Commit]) -> None:
    now, cost = datetime.now(UTC), cpu.seconds({one.run for one in commits})
    told = [(one.run, *(one.measured.get(name) for name in COUNTS), cost.get(one.run)) for one in commits]
    rows = [(now, *row) for row in told if any(value is not None for value in row[1:])]
    if rows:
        ops.append(spark, TABLE, rows, _COLUMNS)
