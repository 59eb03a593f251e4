"""The union of a user's intervals: whole intervals → the parts of each that count, never overlapping.

At each instant the interval of smallest (priority, device_id, measured_at, interval_end, event_id) counts.
A device's own overlaps end where its interval before has ended (a running maximum). Then the starts and
ends of all devices of a user are swept in order of time, with the running devices as the bits of a number,
the preferred device lowest: two sorts, no comparison of every interval with every other.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

_MOST_DEVICES = 62
_NOT_CARRIED = ("_group_hash", "_user", "_unowned_device", "_priority", "_rank", "_bit", "_from_ms")
_STARTS, _WINS, _LOSES = 0, 1, 2


def preferred_parts(intervals: DataFrame, apart: Sequence[str] = ()) -> DataFrame:
    """Parts that count, in milliseconds of the epoch: all columns of `intervals`, `_start_ms` and `_end_ms`
    of the interval, `_from_ms` and `_to_ms` of the part.

    Needs user_id, device_id, priority, measured_at, interval_end and event_id. Intervals of an unknown
    owner are merged for each device alone; `apart` are columns whose values are merged apart. An interval
    that does not end after its start lasts a millisecond.
    """
    # The hash leads, so that sorting compares numbers before it compares texts.
    group = ["_group_hash", "_user", "_unowned_device", *apart]
    trimmed = _trimmed(_ranked(intervals, group), group)
    states = _states(_edges(trimmed, group), group)
    found = _with_interval(_marks(states, group), group)
    kept = [f"_interval.{name}" for name in (*intervals.columns, "_start_ms", "_end_ms")]
    return found.select(*kept, F.col("_at_ms").alias("_from_ms"), F.col("_until_ms").alias("_to_ms"))


def _ranked(intervals: DataFrame, group: Sequence[str]) -> DataFrame:
    """Intervals with their group and the `_bit` of their device: 1 for the preferred one, then 2, 4, …"""
    is_unowned = F.col("user_id").isNull()
    timed = intervals.select(
        "*",
        F.coalesce("user_id", F.lit("")).alias("_user"),
        F.when(is_unowned, F.col("device_id")).otherwise("").alias("_unowned_device"),
        F.coalesce("priority", F.lit(0)).alias("_priority"),
        F.unix_millis("measured_at").alias("_start_ms"),
        F.greatest(F.unix_millis("interval_end"), F.unix_millis("measured_at") + 1).alias("_end_ms"),
    ).withColumn("_group_hash", F.xxhash64(*group[1:]))
    rank = F.dense_rank().over(Window.partitionBy(*group).orderBy("_priority", "device_id"))
    too_many = F.raise_error(F.lit(f"a user with more than {_MOST_DEVICES} devices in one run"))
    bit = F.when(F.col("_rank") > _MOST_DEVICES, too_many.cast("bigint")).otherwise(F.expr("shiftleft(1L, _rank - 1)"))
    return timed.withColumn("_rank", rank).withColumn("_bit", bit)


def _trimmed(ranked: DataFrame, group: Sequence[str]) -> DataFrame:
    """What remains of each interval beside the earlier ones of the same device."""
    device = Window.partitionBy(*group, "_priority", "device_id").orderBy("measured_at", "interval_end", "event_id")
    earlier = device.rowsBetween(Window.unboundedPreceding, -1)
    begins = F.greatest(F.col("_start_ms"), F.max("_end_ms").over(earlier))
    return ranked.withColumn("_from_ms", begins).where(F.col("_from_ms") < F.col("_end_ms"))


def _edges(trimmed: DataFrame, group: Sequence[str]) -> DataFrame:
    """Two rows for each interval: its start, which carries the interval, and its end."""
    interval = F.struct(*(name for name in trimmed.columns if name not in _NOT_CARRIED))
    start = F.struct(F.col("_from_ms").alias("_at_ms"), F.col("_bit").alias("_change"), interval.alias("_interval"))
    nothing = F.when(F.lit(False), interval)
    end = F.struct(F.col("_end_ms").alias("_at_ms"), (-F.col("_bit")).alias("_change"), nothing.alias("_interval"))
    return trimmed.select(*group, "_bit", F.inline(F.array(start, end)))


def _states(edges: DataFrame, group: Sequence[str]) -> DataFrame:
    """Edges with the device that counts from their instant on and before it; 0 where none runs."""
    in_time = Window.partitionBy(*group).orderBy("_at_ms")
    same_instant = in_time.rangeBetween(0, 0)
    return edges.select(
        "*",
        F.sum("_change").over(in_time).alias("_running"),
        F.sum("_change").over(same_instant).alias("_changed"),
        F.bit_or("_bit").over(same_instant).alias("_touched"),
        (F.lead("_at_ms").over(in_time) == F.col("_at_ms")).alias("_has_more"),
    ).withColumns(
        {
            "_winner": _lowest_bit(F.col("_running")),
            "_winner_before": _lowest_bit(F.col("_running") - F.col("_changed")),
            "_is_last": ~F.coalesce("_has_more", F.lit(False)),
        }
    )


def _lowest_bit(bits: Column) -> Column:
    return bits.bitwiseAND(-bits)


def _marks(states: DataFrame, group: Sequence[str]) -> DataFrame:
    """One row per device and thing that happens to it: an interval starts, the device wins, the device loses.

    A device that goes on winning has a mark only where an interval of its own begins.
    """
    moved = F.col("_winner") != F.col("_winner_before")
    touched = F.col("_touched").bitwiseAND(F.col("_winner")) != 0
    wins = F.col("_is_last") & (F.col("_winner") != 0) & (moved | touched)
    loses = F.col("_is_last") & (F.col("_winner_before") != 0) & moved
    marks = F.array(
        F.when(F.col("_interval").isNotNull(), _mark("_bit", _STARTS)),
        F.when(wins, _mark("_winner", _WINS)),
        F.when(loses, _mark("_winner_before", _LOSES)),
    )
    marked = states.select(*group, "_at_ms", "_interval", F.explode(marks).alias("_mark"))
    is_start = F.col("_kind") == _STARTS
    return (
        marked.where(F.col("_mark").isNotNull())
        .select(*group, "_at_ms", "_mark.*", "_interval")
        .withColumn("_interval", F.when(is_start, F.col("_interval")))
    )


def _mark(bit: str, kind: int) -> Column:
    return F.struct(F.col(bit).alias("_device_bit"), F.lit(kind).alias("_kind"))


def _with_interval(marks: DataFrame, group: Sequence[str]) -> DataFrame:
    """The stretches during which a device counts, each with the interval that runs: the last that started.

    What follows a win in the marks of its device is its end: an own start, which wins anew, or a loss.
    """
    device = Window.partitionBy(*group, "_device_bit").orderBy("_at_ms", "_kind")
    so_far = device.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return marks.select(
        "_kind",
        "_at_ms",
        F.lead("_at_ms").over(device).alias("_until_ms"),
        F.last("_interval", ignorenulls=True).over(so_far).alias("_interval"),
    ).where(F.col("_kind") == _WINS)
