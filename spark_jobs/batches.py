"""What came into a table after a batch: commits → rows to be judged as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits, read
from spark_jobs.commits import Commit


@dataclass(frozen=True)
class Batch:
    """Rows of a table, up to batch `number`."""

    of: Contract
    number: int
    rows: DataFrame


def since(spark: SparkSession, of: Contract, zone: Zone, after: int) -> Batch | None:
    """Rows that came after a batch: those of bronze, else the dates they touched; None where there are none."""
    last = commits.newest(of, zone)
    if last is None or last.batch == after:
        return None
    # A table that was put back to an older version goes on from there.
    after = after if after < last.batch else 0
    found = commits.since(of, zone, after, last.batch)
    if found and all(commit.is_replay and not commit.rows["accepted"] for commit in found):
        return None
    rows = read.table(spark, of, zone, last.version)
    if zone is Zone.BRONZE:
        rows = _judged_once(rows.where(F.col("_batch").between(after + 1, last.batch)), found or [])
    elif found and of.partition and not tables.is_history(of, zone):
        dates = {day for commit in found for day in commit.dates}
        rows = rows.where(F.col(of.partition).isin(sorted(dates)))
    return Batch(of, last.batch, rows)


def newest(spark: SparkSession, of: Contract, zone: Zone) -> Batch | None:
    """The last batch that a table took."""
    last = commits.newest(of, zone)
    return since(spark, of, zone, last.batch - 1) if last else None


def _judged_once(rows: DataFrame, found: Sequence[Commit]) -> DataFrame:
    """Bronze rows of the commits, each record once: repaired where a replay repaired it, else as first rejected."""
    replays = [commit.batch for commit in found if commit.is_replay]
    if not replays:
        return rows
    is_old_news = F.col("_batch").isin(replays) & (F.col("_status") == tables.REJECTED)
    return read.newest_judgements(rows.where(~is_old_news), replays)
