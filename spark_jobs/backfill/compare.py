"""What publishing a backfill would change: its staged rows held against the tables, by key, for each date.

A row with the same key on the same date is changed if any other column differs; otherwise a row is added or removed.
Of every column of numbers the sums of a date are compared, too: the largest shifts tell what people would notice.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType

from spark_jobs import affected_dates, compute, read, session
from spark_jobs.backfill.log import Backfill, Change, Shift
from spark_jobs.staged import Staged

_LARGEST = 200
_NO_AMOUNT = ("_id", "offset_minutes", "local_hour")
_COUNTS = ("added", "removed", "changed", "same")


def run(backfill: Backfill) -> tuple[list[Change], list[Shift]]:
    """Changes of every table and date, and the largest shifts in the numbers, the largest first."""
    changes: list[Change] = []
    shifts: list[Shift] = []
    with session.opened("backfill compare") as spark:
        for staged in backfill.tables:
            for row in _compared(spark, staged):
                changes.append(Change(staged.of.address, staged.zone.value, row["_day"], *(row[n] for n in _COUNTS)))
                shifts += _shifts(staged, row)
    return changes, largest(shifts, _LARGEST)


def largest(shifts: Iterable[Shift], count: int) -> list[Shift]:
    """Those that changed most, as a share of what was there; the same sums are no shift."""
    return sorted((one for one in shifts if one.before != one.after), key=_share, reverse=True)[:count]


def _share(shift: Shift) -> float:
    before, after = shift.before or 0.0, shift.after or 0.0
    return abs(after - before) / abs(before) if before else float("inf")


def _compared(spark: SparkSession, staged: Staged) -> list[dict[str, Any]]:
    """A row for each date: counts, and `<column>|before` and `|after` for columns of numbers."""
    of = staged.of
    day = affected_dates.partition(of)
    within = compute.within(day, staged.dates)
    held = read.accepted(spark, of, staged.zone).where(within)
    coming = read.accepted(spark, of, staged.zone, root=staged.root).where(within)
    values = [name for name in held.columns if name not in of.key and name != day and not name.startswith("_")]
    sides = [_side(frame, of.key, day, values, name) for frame, name in ((held, "_old"), (coming, "_new"))]
    both = sides[0].join(sides[1], ["_day", *of.key], "full")
    is_old, is_new = F.col("_old").isNotNull(), F.col("_new").isNotNull()
    is_same = F.col("_old").eqNullSafe(F.col("_new"))
    counts = {
        "added": ~is_old,
        "removed": ~is_new,
        "changed": is_old & is_new & ~is_same,
        "same": is_old & is_new & is_same,
    }
    sums = [
        F.sum(F.col(f"{side}.{name}").cast("double")).alias(f"{name}|{word}")
        for name in _numbers(held, values)
        for side, word in (("_old", "before"), ("_new", "after"))
    ]
    found = both.groupBy("_day").agg(*(F.count_if(is_so).alias(name) for name, is_so in counts.items()), *sums)
    return [row.asDict() for row in found.orderBy("_day").collect()]


def _side(frame: DataFrame, key: Iterable[str], day: str, values: list[str], name: str) -> DataFrame:
    # A struct is never null, even where all its fields are; a table may have none beside its key.
    return frame.select(F.col(day).alias("_day"), *key, F.struct(day, *values).alias(name))


def _numbers(frame: DataFrame, values: Iterable[str]) -> list[str]:
    """Columns whose sums mean something: numbers that neither name nor place anything."""
    types = {field.name: field.dataType for field in frame.schema.fields}
    return [name for name in values if isinstance(types[name], NumericType) and not name.endswith(_NO_AMOUNT)]


def _shifts(staged: Staged, row: dict[str, Any]) -> list[Shift]:
    day: date = row["_day"]
    names = [name.removesuffix("|before") for name in row if name.endswith("|before")]
    return [Shift(staged.of.address, name, day, row[f"{name}|before"], row[f"{name}|after"]) for name in names]
