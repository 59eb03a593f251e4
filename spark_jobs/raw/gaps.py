"""Offsets that raw will never have, with the reason: `<lake>/ops/gaps`, apart from the data.

`empty`: the broker has no record there (a transaction's marker, an aborted record, a compacted one), as asked while
the log still reached back. `lost`: the log ended before they were landed. Every range is written once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pyarrow.compute as pc
from pyspark.sql import SparkSession

from lake_layout.contracts import Contract
from spark_jobs import ops, storage

_TABLE = "gaps"
_COLUMNS = (
    "noted_at timestamp, address string, origin string, kind string, kafka_partition int, "
    "first_offset bigint, next_offset bigint"
)


class Kind(StrEnum):
    EMPTY = "empty"
    LOST = "lost"


@dataclass(frozen=True, order=True)
class Gap:
    """Offsets `first` to `next - 1` of a partition."""

    partition: int
    first: int
    next: int

    def __str__(self) -> str:
        return f"partition {self.partition}: offsets {self.first} to {self.next - 1}"


def known(of: Contract, origin: str) -> dict[Gap, tuple[Kind, datetime]]:
    """What was noted of a topic: range → why raw does not have it, and since when that is known."""
    uri = ops.path(_TABLE)
    table = storage.open_table(uri)
    if table is None:
        return {}
    own = (pc.field("address") == of.address) & (pc.field("origin") == origin)
    return {
        Gap(row["kafka_partition"], row["first_offset"], row["next_offset"]): (Kind(row["kind"]), row["noted_at"])
        for row in storage.dataset(table, uri).to_table(filter=own).to_pylist()
    }


def note(spark: SparkSession, of: Contract, origin: str, kind: Kind, found: Sequence[Gap]) -> None:
    """Write down ranges; those that are known are passed over."""
    if not found:
        return
    before = known(of, origin)
    now = datetime.now(UTC)
    rows = [
        (now, of.address, origin, kind.value, gap.partition, gap.first, gap.next) for gap in found if gap not in before
    ]
    if rows:
        ops.append(spark, _TABLE, rows, _COLUMNS)
