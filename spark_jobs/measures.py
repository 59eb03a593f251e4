"""What only a write could count of its batch: commits as written → `<lake>/ops/measures`, by run.

A commit is closed when Spark has counted, so these counts stand beside the tables. A job that dies between a commit
and this note leaves them unknown, never wrong.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_jobs import ops
from spark_jobs.commits import Commit

TABLE = "measures"
LATE, DUPLICATES = "late", "duplicates"
COUNTS = (LATE, DUPLICATES)
"""Names of what is observed in a frame that is written."""
_COLUMNS = "measured_at timestamp, run string, late bigint, duplicates bigint"


@contextmanager
def kept(spark: SparkSession) -> Iterator[list[Commit]]:
    """A list for the commits of a block; what they counted is noted in one commit, even where another table fails."""
    written: list[Commit] = []
    try:
        yield written
    finally:
        note(spark, written)


def note(spark: SparkSession, written: list[Commit]) -> None:
    """Write down what the commits counted; one that counted nothing is passed over."""
    now = datetime.now(UTC)
    told = [(one.run, *(one.measured.get(name) for name in COUNTS)) for one in written]
    rows = [(now, *row) for row in told if any(count is not None for count in row[1:])]
    if rows:
        ops.append(spark, TABLE, rows, _COLUMNS)
