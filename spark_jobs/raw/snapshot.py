"""Tables of the application database → raw: a snapshot of each, all of one instant.

One transaction → for each table that is due a staged Parquet file → one append that carries the instant.
A snapshot that shrank suddenly halts: deletes are seen by absence, and it would delete everybody. Columns that changed
since the last one are told, and kept or halted as the contract says (`snapshot_drift`).
Alone: `python -m spark_jobs land --kind snapshot`.
"""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Snapshot, Zone
from spark_jobs import commits, storage, write
from spark_jobs.commits import Input
from spark_jobs.halt import Halt
from spark_jobs.raw import checksum, database, snapshot_drift
from spark_jobs.sizing import tasks_for

_OFFSET = "_offset"


def land(spark: SparkSession, chosen: list[Contract]) -> dict[str, dict[str, int]]:
    """Append a snapshot of every table that is due; returns counts by address.

    The same instant read twice adds nothing. Raises Halt, after the others have landed, for a table that
    is suddenly smaller or gone.
    """
    found: dict[str, dict[str, int]] = {}
    halted: list[str] = []
    with database.reading() as reading:
        for of in chosen:
            try:
                found[of.address] = _land_table(spark, of, reading)
            except Halt as halt:
                halted.append(str(halt))
    if halted:
        raise Halt("; ".join(halted))
    return found


@write.replan_once
def _land_table(spark: SparkSession, of: Contract, reading: database.Reading) -> dict[str, int]:
    origin = _origin(of)
    name = f"snapshot:{origin.table}"
    progress = commits.progress(of, Zone.RAW)
    last = progress.consumed.get(name)
    if last and not _is_due(origin, before := datetime.fromisoformat(last["instant"]), reading.instant):
        if reading.instant < before:
            words = f"the database says it is {reading.instant}, but the last snapshot was taken at {before}"
            print(f"{of.address}: {words}: nothing lands until its clock is past that", flush=True)
        return {"batches": 0, "rows": 0}
    content = reading.table(origin.table)
    _check_shrink(of, last, content.num_rows)
    numbers = pa.array(range(1, content.num_rows + 1), pa.int64())
    with storage.staging(f"snapshot/{of.address}") as (system, path, uri):
        pq.write_table(content.append_column(_OFFSET, numbers), f"{path}/rows.parquet", filesystem=system)
        rows = spark.read.parquet(uri)
        drift = snapshot_drift.since(spark, of, last, rows.drop(_OFFSET).dtypes)
        position = {
            "instant": reading.instant.isoformat(),
            "rows": content.num_rows,
            "columns": content.column_names,
            snapshot_drift.STORED: drift.stored,
        }
        commit = progress.plan({name: position}, read=[_taken(_snapshot_id(origin, reading.instant), content)])
        frame = _raw_rows(rows.withColumnsRenamed(dict(drift.stored)), origin, reading.instant, commit.batch)
        written = write.append(frame.coalesce(tasks_for(content.num_rows)), of, Zone.RAW, commit, evolve=True)
    for words in drift.words:
        print(f"warning: {words}", flush=True)
    told = {"drift": len(drift.words)} if drift.words else {}
    return {"batches": 1, "rows": written.rows["written"], **told}


def _origin(of: Contract) -> Snapshot:
    assert isinstance(of.origin, Snapshot)
    return of.origin


def _is_due(origin: Snapshot, last: datetime, now: datetime) -> bool:
    """Whether a new hour or day has begun since the last snapshot; yesterday's database cannot be read today."""
    if origin.every == "day":
        return now.date() > last.date()
    return now.replace(minute=0, second=0, microsecond=0) > last


def _check_shrink(of: Contract, last: dict[str, Any] | None, rows: int) -> None:
    before = last["rows"] if last else 0
    if before and (rows == 0 or rows < before * (1 - _origin(of).max_shrink)):
        raise Halt(
            f"{of.address}: the table has {rows} rows, the last snapshot had {before}. If so many were really deleted, "
            f"raise origin.max_shrink in its contract for one run (an emptied table never lands)"
        )


def _snapshot_id(origin: Snapshot, instant: datetime) -> str:
    return f"{origin.table}@{instant.isoformat()}"


def _taken(name: str, content: pa.Table) -> Input:
    digest = checksum.of_table(content)
    return Input("snapshot", name, row_count=content.num_rows, size_bytes=digest.size_bytes, checksum=digest.sha256)


def _raw_rows(content: DataFrame, origin: Snapshot, instant: datetime, batch: int) -> DataFrame:
    """Position columns, then the source's own."""
    own = [name for name in content.columns if name != _OFFSET]
    pipeline = {column.name for column in tables.RAW}
    if taken := pipeline & set(own):
        raise Halt(f"table {origin.table} has columns that the lake keeps for itself: {', '.join(sorted(taken))}")
    return content.select(
        F.lit(batch).cast("bigint").alias("_batch"),
        F.lit(instant.date()).alias("_landed_date"),
        F.lit(_snapshot_id(origin, instant)).alias("_origin"),
        F.lit(0).alias("_partition"),
        F.col(_OFFSET),
        F.lit(instant).alias("_logged_at"),
        *own,
    )
