"""Raw → bronze for any dataset: every raw row once, typed by its contract or in quarantine with reasons.

Raw batches above the consumed one → decoder of the format → bronze rows → one append that carries the
consumed raw batch. Alone: `python -m spark_jobs bronze ADDRESS`.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.rules import edition
from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits, read, write
from spark_jobs.bronze.decoders import decoder
from spark_jobs.bronze.rows import bronze_rows
from spark_jobs.commits import Commit, Input, Progress
from spark_jobs.halt import Halt
from spark_jobs.measures import LATE
from spark_jobs.sizing import tasks_for


@dataclass(frozen=True)
class NewRaw:
    """Raw rows, at a version, of the batches that bronze has not read: those above `consumed` up to `position`."""

    rows: DataFrame
    version: int | None
    consumed: int
    position: int
    count: int
    commits: tuple[Commit, ...]


@write.replan_once
def build(spark: SparkSession, of: Contract) -> dict[str, int]:
    """Type what is new in raw; returns counts. Nothing new makes no commit.

    Raises Halt if the rows written are not as many as the raw rows they came from.
    """
    progress = commits.progress(of, Zone.BRONZE)
    new = _new_raw(spark, of, progress)
    if new is None:
        return {"raw": 0, "accepted": 0, "rejected": 0}
    inputs = {commits.input_name(of, Zone.RAW): new.position}
    counts, judged_by = {"in": new.count}, edition(of, Zone.BRONZE)
    commit = progress.plan(inputs, rows=counts, contract=judged_by, read=[_taken(of, new)])
    decoded = decoder(of)(new.rows, of, new.commits)
    rejected = F.count_if(F.col("_status") == tables.REJECTED).alias("rejected")
    rows = bronze_rows(decoded, of, commit.batch).observe("bronze", rejected, F.count_if("_is_late").alias(LATE))
    done = write.append(rows.coalesce(tasks_for(new.count)), of, Zone.BRONZE, commit)
    _check(of, new.count, done)
    bad = done.measured["rejected"] if new.count else 0
    return {"raw": new.count, "accepted": new.count - bad, "rejected": bad}


def _taken(of: Contract, new: NewRaw) -> Input:
    name, first = commits.input_name(of, Zone.RAW), new.consumed + 1
    return Input("table", name, first_batch=first, last_batch=new.position, version=new.version, row_count=new.count)


def _new_raw(spark: SparkSession, of: Contract, progress: Progress) -> NewRaw | None:
    newest = commits.newest(of, Zone.RAW)
    if newest is None:
        return None
    consumed = _consumed(spark, of, progress)
    if newest.batch == consumed:
        return None
    if newest.batch < consumed:
        raise Halt(
            f"{of.address}: raw ends at batch {newest.batch}, bronze has read up to {consumed}: raw was made anew or "
            f"restored. Bronze would hold its records twice: delete the bronze table, too, to type all of raw again"
        )
    batches = F.col("_batch").between(consumed + 1, newest.batch)
    rows = read.table(spark, of, Zone.RAW, newest.version).where(batches)
    # Raw goes on being written: what came after our look is the next run's.
    found = commits.since(of, Zone.RAW, consumed, newest.batch)
    count = rows.count() if found is None else sum(commit.rows["written"] for commit in found)
    return NewRaw(rows, newest.version, consumed, newest.batch, count, tuple(found or ()))


def _consumed(spark: SparkSession, of: Contract, progress: Progress) -> int:
    """Last raw batch in bronze, from its newest commit; recomputed from the rows if no commit has it."""
    known = progress.consumed.get(commits.input_name(of, Zone.RAW))
    if known is not None:
        return int(known)
    if not commits.exists(tables.path(of, Zone.BRONZE)):
        return 0
    typed = read.table(spark, of, Zone.BRONZE).select(*tables.RECORD)
    landed = read.table(spark, of, Zone.RAW).join(typed, list(tables.RECORD), "left_semi")
    return int(landed.agg(F.coalesce(F.max("_batch"), F.lit(0))).collect()[0][0])


def _check(of: Contract, expected: int, written: Commit) -> None:
    if written.rows["written"] != expected:
        raise Halt(
            f"{of.address}: {expected} raw rows became {written.rows['written']} bronze rows in batch {written.batch} "
            f"(version {written.version}). Report it, mend the cause and make the tables anew from raw (operator guide)"
        )
