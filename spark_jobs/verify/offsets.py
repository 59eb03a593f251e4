"""A topic and its raw table: every offset from the first landed to the position is there once, or known not to be.

Offsets without a row are asked about at the broker while its log reaches back; ranges that turn out to be empty (a
transaction's marker, a compacted record) are noted, so that they are asked about once. How long the oldest record
that has not landed will still be kept is the head room.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from lake_layout.contracts import Contract, KafkaLog, Zone
from lake_layout.lengths import seconds
from spark_jobs import commits, read
from spark_jobs.commits import Commit
from spark_jobs.raw import broker, gaps, kafka_log
from spark_jobs.raw.broker import Offsets
from spark_jobs.raw.gaps import Gap, Kind
from spark_jobs.verify.findings import Finding, findings, some
from spark_jobs.verify.scope import Scope, before

CHECK = "offsets"
# Below this share of the retention, what waits is close to being lost.
_SHORT = 0.25


@dataclass(frozen=True)
class Landed:
    """Rows of one partition: `first` to `next - 1` are the offsets between which they lie."""

    partition: int
    first: int
    next: int
    rows: int
    offsets: int


def check(spark: SparkSession, of: Contract, scope: Scope = Scope.EVERYTHING) -> list[Finding]:
    """Whether the raw rows of a topic are whole."""
    assert isinstance(of.origin, KafkaLog)
    topic = of.origin.topic
    newest = commits.newest(of, Zone.RAW)
    if newest is None:
        return findings(CHECK, of.address, wrong=(), good="nothing has landed yet")
    position = _position(newest, topic)
    start = _start(of, topic, scope)
    rows = read.table(spark, of, Zone.RAW, newest.version).where(F.col("_origin") == topic)
    if start:
        rows = rows.where(F.col("_batch") > start.batch)
    landed = _landed(rows)
    first, end = broker.offsets(topic)
    noted = gaps.known(of, topic)
    missing = [gap for gap in _missing(rows, landed, _position(start, topic), position) if not _covered(gap, noted)]
    with broker.Probe(topic) as probe:
        empty, lost, unknown = _asked(probe, missing, first)
        warnings = _head_room(of.origin, probe, position, end)
    gaps.note(spark, of, topic, Kind.EMPTY, empty)
    losses = sorted(gap for gap, (kind, _) in noted.items() if kind is Kind.LOST)
    warnings += [f"lost for good: {gap}, known since {noted[gap][1]:%Y-%m-%d %H:%M} UTC" for gap in losses]
    wrong = [f"the broker has records that raw has not: {some(lost)}"] if lost else []
    wrong += [f"no rows, and the log no longer tells whether there were records: {some(unknown)}"] if unknown else []
    wrong += [*_twice(rows, landed), *_behind(landed, position)]
    good = f"{sum(one.rows for one in landed):,} offsets of {len(landed)} partitions, each once"
    return findings(CHECK, of.address, wrong=wrong, warnings=warnings, good=good)


def _start(of: Contract, topic: str, scope: Scope) -> Commit | None:
    """The raw commit after which the look begins; None for the first landed offset."""
    batch = before(of, scope).raw
    found = commits.since(of, Zone.RAW, batch - 1, batch) if batch else None
    return found[0] if found and _position(found[0], topic) else None


def _position(commit: Commit | None, topic: str) -> Offsets:
    """The next offsets as a commit has them."""
    told = commit.inputs.get(kafka_log.position_name(topic), {}) if commit else {}
    return {int(partition): int(offset) for partition, offset in told.items()}


def _landed(rows: DataFrame) -> list[Landed]:
    offset = F.col("_offset")
    found = rows.groupBy("_partition").agg(
        F.min(offset).alias("first"),
        (F.max(offset) + 1).alias("next"),
        F.count(F.lit(1)).alias("rows"),
        F.count_distinct(offset).alias("offsets"),
    )
    return [Landed(*row) for row in found.orderBy("_partition").collect()]


def _missing(rows: DataFrame, landed: Iterable[Landed], start: Offsets, position: Offsets) -> list[Gap]:
    """Ranges without a row: before the first where the start is known, between rows, and behind the last."""
    holed = [one.partition for one in landed if one.offsets < one.next - one.first]
    before = F.lag("_offset").over(Window.partitionBy("_partition").orderBy("_offset"))
    found = (
        rows.where(F.col("_partition").isin(holed))
        .select("_partition", (before + 1).alias("first"), F.col("_offset").alias("next"))
        .where("first < next")
    )
    between = [Gap(*row) for row in found.collect()] if holed else []
    ends = {one.partition: (one.first, one.next) for one in landed}
    leading = [Gap(p, offset, ends.get(p, (position[p],))[0]) for p, offset in start.items() if p in position]
    behind = [Gap(p, end, position.get(p, 0)) for p, (_, end) in ends.items()]
    return sorted([*between, *(gap for gap in (*leading, *behind) if gap.first < gap.next)])


def _covered(gap: Gap, noted: Iterable[Gap]) -> bool:
    """Whether ranges that were noted leave nothing of it; the end of a run's batch may have cut one in two."""
    at = gap.first
    for one in sorted(noted):
        if one.partition == gap.partition and one.first <= at < one.next:
            at = one.next
    return at >= gap.next


def _asked(probe: broker.Probe, missing: Iterable[Gap], first: Offsets) -> tuple[list[Gap], list[Gap], list[Gap]]:
    """Ranges of which the broker has no record, has some, and can no longer tell."""
    empty: list[Gap] = []
    lost: list[Gap] = []
    unknown: list[Gap] = []
    for gap in missing:
        if first.get(gap.partition, gap.next) > gap.first:
            unknown.append(gap)
            continue
        record = probe.at_or_after(gap.partition, gap.first)
        (empty if record is None or record.offset >= gap.next else lost).append(gap)
    return empty, lost, unknown


def _twice(rows: DataFrame, landed: Iterable[Landed]) -> list[str]:
    repeated = [one.partition for one in landed if one.offsets < one.rows]
    if not repeated:
        return []
    found = rows.where(F.col("_partition").isin(repeated)).groupBy("_partition", "_offset").count().where("count > 1")
    positions = [f"partition {row[0]} offset {row[1]}" for row in found.orderBy("_partition", "_offset").collect()]
    return [f"landed more than once: {some(positions)}"]


def _behind(landed: Iterable[Landed], position: Offsets) -> list[str]:
    """A position before the end of the rows: the next run would land them again."""
    return [
        f"partition {one.partition}: rows go up to {one.next - 1}, but the next run begins at {position[one.partition]}"
        for one in landed
        if one.partition in position and position[one.partition] < one.next
    ]


def _head_room(origin: KafkaLog, probe: broker.Probe, position: Offsets, end: Offsets) -> list[str]:
    """Warnings of records that wait to be landed and will soon be gone, and of a log shorter than promised."""
    kept = broker.retention(origin.topic)
    if kept is None:
        return []
    warnings = []
    if kept < timedelta(seconds=seconds(origin.kept)):
        warnings.append(f"the broker keeps records for {_hours(kept)}, the contract says {origin.kept}")
    waiting = (probe.at_or_after(p, position.get(p, 0)) for p in end if position.get(p, 0) < end[p])
    oldest = min((record.logged_at for record in waiting if record), default=None)
    left = kept if oldest is None else oldest + kept - datetime.now(UTC)
    if left < kept * _SHORT:
        warnings.append(f"records wait that will be gone in {_hours(left)}: run `lake run land_sources`")
    return warnings


def _hours(length: timedelta) -> str:
    return f"{length.total_seconds() / 3600:,.0f} h"
