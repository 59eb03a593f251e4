"""A Kafka topic → raw: every record once, in batches of explicit offsets.

Offsets of the newest commit (else of the rows, else the log's first) → end pinned at the start → Spark
reads [start, end) → one append that carries the next offsets. Records that expired before they were landed are
noted as lost (`gaps`), and the rest lands. Alone: `python -m spark_jobs land ADDRESS`.
"""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, KafkaLog, Zone
from lake_layout.profile import profile
from spark_jobs import commits, read, write
from spark_jobs.commits import Commit, Input, Progress
from spark_jobs.halt import Halt
from spark_jobs.raw import broker, gaps
from spark_jobs.raw.broker import Offsets
from spark_jobs.raw.gaps import Gap
from spark_jobs.sizing import tasks_for

_COLUMNS = ("key", "value", "topic", "partition", "offset", "timestamp", "headers")


def land(spark: SparkSession, of: Contract) -> dict[str, int]:
    """Append what the topic holds now and the table does not; returns counts of batches and rows."""
    _, end = broker.offsets(_topic(of))
    summary = {"batches": 0, "rows": 0}
    while (commit := land_batch(spark, of, end)) is not None:
        summary["batches"] += 1
        summary["rows"] += commit.rows["written"]
    return summary


@write.replan_once
def land_batch(spark: SparkSession, of: Contract, end: Offsets) -> Commit | None:
    """Land the next batch below `end`; None when there is nothing left, which makes no commit."""
    progress = commits.progress(of, Zone.RAW)
    known = _positions(spark, of, progress)
    # The log is looked at after the positions: it has what another run landed since `end` was asked for.
    topic = _topic(of)
    first, end_now = broker.offsets(topic)
    topic_id = broker.topic_id(topic)
    require_same_log(topic, progress.consumed.get(_id_name(topic), topic_id) == topic_id, known, end_now)
    lost = expired(known, first)
    gaps.note(spark, of, topic, gaps.Kind.LOST, lost)
    for gap in lost:
        print(f"lost: {topic} {gap}: expired before they were landed; `lake verify` goes on telling of it")
    start = next_offsets(known, first, end_now)
    stop = cut(start, pinned(start, end), profile().lake.max_records_per_batch)
    if stop == start:
        return None
    ranges = [Input("kafka", topic, p, start[p], stop[p] - 1) for p in sorted(stop) if stop[p] > start[p]]
    commit = progress.plan(position(topic, topic_id, stop), read=ranges)
    span = sum(stop[partition] - start[partition] for partition in stop)
    frame = _raw_rows(_records(spark, topic, start, stop), commit.batch)
    return write.append(frame.coalesce(tasks_for(span)), of, Zone.RAW, commit)


def position_name(topic: str) -> str:
    """How a raw commit names a topic's offsets."""
    return f"kafka:{topic}"


def position(topic: str, topic_id: str, stop: Offsets) -> dict[str, Any]:
    """What a raw commit carries that has landed a topic up to these offsets."""
    return {
        position_name(topic): {str(partition): offset for partition, offset in stop.items()},
        _id_name(topic): topic_id,
    }


def _id_name(topic: str) -> str:
    return f"kafka_id:{topic}"


def pinned(start: Offsets, end: Offsets) -> Offsets:
    """Where a run ends: never before it starts, and at its start in a partition that came after `end` was asked for."""
    return {partition: max(offset, end.get(partition, 0)) for partition, offset in start.items()}


def cut(start: Offsets, end: Offsets, limit: int) -> Offsets:
    """The next offsets after at most about `limit` records, every partition advancing by its share."""
    pending = {partition: end[partition] - start[partition] for partition in end}
    total = sum(pending.values())
    if total <= limit:
        return dict(end)
    # Rounded up, so that every partition with something left advances.
    return {partition: start[partition] - (-pending[partition] * limit // total) for partition in end}


def _topic(of: Contract) -> str:
    assert isinstance(of.origin, KafkaLog)
    return of.origin.topic


def next_offsets(known: Offsets, first: Offsets, end: Offsets) -> Offsets:
    """Where the table stopped, or at the first record the log still has, whichever is later."""
    return {partition: max(known.get(partition, 0), first[partition]) for partition in end}


def expired(known: Offsets, first: Offsets) -> list[Gap]:
    """What the log no longer has of the records that come next; of a partition never seen, nothing is missed."""
    return [Gap(p, offset, first[p]) for p, offset in sorted(known.items()) if offset < first.get(p, offset)]


def require_same_log(topic: str, is_same: bool, known: Offsets, end: Offsets) -> None:
    """Raises Halt for a topic that was made anew, as its id or a log that ends before what was landed of it tells."""
    ahead = {p: (offset, end.get(p, 0)) for p, offset in known.items() if offset > end.get(p, 0)}
    ends = ", ".join(f"partition {p}: {a} landed, log ends at {b}" for p, (a, b) in sorted(ahead.items()))
    if ahead or not is_same:
        raise Halt(
            f"{topic}: the topic was made anew{f' ({ends})' if ends else ''}: the same offsets are other records now. "
            f"Give it a new name in its contract (origin.topic), or bring the old topic back"
        )


def _positions(spark: SparkSession, of: Contract, progress: Progress) -> Offsets:
    """Next offsets by partition, from the newest commit; recomputed from the rows if no commit has them."""
    topic = _topic(of)
    known = progress.consumed.get(position_name(topic))
    if known is not None:
        return {int(partition): int(offset) for partition, offset in known.items()}
    rows = read.table(spark, of, Zone.RAW).where(F.col("_origin") == topic)
    last = rows.groupBy("_partition").agg(F.max("_offset").alias("last")).collect()
    return {row["_partition"]: row["last"] + 1 for row in last}


def _records(spark: SparkSession, topic: str, start: Offsets, stop: Offsets) -> DataFrame:
    options = {
        **broker.spark_options(),
        "subscribe": topic,
        "startingOffsets": broker.offsets_json(topic, start),
        "endingOffsets": broker.offsets_json(topic, stop),
        "failOnDataLoss": "true",
        "includeHeaders": "true",
    }
    return spark.read.format("kafka").options(**options).load().select(*_COLUMNS)


def _raw_rows(records: DataFrame, batch: int) -> DataFrame:
    """Kafka's columns under the names of raw."""
    return records.select(
        F.lit(batch).alias("_batch"),
        F.lit(datetime.now(UTC).date()).alias("_landed_date"),
        F.col("topic").alias("_origin"),
        F.col("partition").alias("_partition"),
        F.col("offset").alias("_offset"),
        F.col("timestamp").alias("_logged_at"),
        F.col("key").alias("_key"),
        F.col("value").alias("_value"),
        F.col("headers").alias("_headers"),
    ).select(*(column.name for column in (*tables.RAW, *tables.RAW_BYTES)))
