"""Bronze → steps of users, each counted once where intervals of their devices overlap.

Starts and ends of intervals are swept in order of time, with the running devices as the bits of a number, the
preferred device lowest.
"""

import polars as pl

from benchmarks.kafka_to_marts.polars_delta import lake
from benchmarks.kafka_to_marts.polars_delta.people import People
from benchmarks.kafka_to_marts.polars_delta.silver import measured
from benchmarks.kafka_to_marts.polars_delta.times import local_date, milliseconds

_HOUR_MS = 3_600_000
_LONGEST_MS = 25 * _HOUR_MS
_AGE_MS = 2**50
_START, _WINS, _LOSES = 0, 1, 2
_OUT = (
    *("event_date", "user_id", "device_id", "measured_at", "started_at", "ended_at", "steps", "interval_end"),
    *("interval_steps", "is_time_estimated", "utc_offset_minutes", "is_offset_assumed", "event_id", "_status"),
)


def step_intervals(people: People) -> pl.LazyFrame:
    whole = lake.once(_whole(people))
    good = whole.filter(~pl.col("is_rejected"))
    accepted = _cut_by_hour(_stretches(_trimmed(good)).join(good, on="interval")).with_columns(
        started_at=_instant("from_ms"),
        ended_at=_instant("to_ms"),
        steps=_steps_until("to_ms") - _steps_until("from_ms"),
        _status=pl.lit("accepted"),
    )
    rejected = whole.filter("is_rejected").with_columns(
        started_at="measured_at", ended_at="interval_end", steps="interval_steps", _status=pl.lit("rejected")
    )
    dated = [
        rows.with_columns(event_date=local_date(pl.col("started_at"))).select(_OUT) for rows in (accepted, rejected)
    ]
    return pl.concat(dated)


def _instant(at_ms: str) -> pl.Expr:
    return pl.from_epoch(at_ms, "ms").dt.cast_time_unit("us").dt.replace_time_zone("UTC")


def _steps_until(at_ms: str) -> pl.Expr:
    """Steps of an interval before an instant of it, when they are spread evenly."""
    lasts = pl.col("end_ms") - pl.col("start_ms")
    return pl.col("interval_steps") * (pl.col(at_ms) - pl.col("start_ms")) // lasts


def _whole(people: People) -> pl.LazyFrame:
    """Intervals as they were sent, numbered, and whether they are believed."""
    lasts, steps = pl.col("end_ms") - pl.col("start_ms"), pl.col("interval_steps")
    is_rejected = (steps < 0) | (steps * 60_000 > 300 * lasts + 60_000) | (lasts > _LONGEST_MS)
    return (
        measured("steps", people, "interval_end", "is_time_estimated")
        .with_columns(
            pl.col("is_time_estimated").fill_null(False),
            pl.col("priority").fill_null(0),
            interval_steps=(pl.col("value") + 0.5).floor().cast(pl.Int64),
            start_ms=milliseconds("measured_at"),
            end_ms=milliseconds("interval_end"),
            merged=pl.coalesce("user_id", "device_id"),
        )
        .with_columns(is_rejected=is_rejected)
        .with_row_index("interval")
    )


def _trimmed(good: pl.LazyFrame) -> pl.LazyFrame:
    """Intervals without what earlier ones of the same device cover, with user and device as numbers."""
    wanted = ("merged", "device_id", "priority", "measured_at", "interval_end", "event_id", "interval", "start_ms")
    in_order = good.select(*wanted, "end_ms").sort("merged", "device_id", "measured_at", "interval_end", "event_id")
    # As if devices came one after another, so that no end of one reaches the next.
    passed = pl.col("device").cast(pl.Int128) * _AGE_MS
    covered_until = ((passed + pl.col("end_ms")).cum_max().shift() - passed).cast(pl.Int64, strict=False)
    trimmed = (
        in_order.with_columns(device=_is_other("merged", "device_id").cum_sum())
        .with_columns(from_ms=pl.max_horizontal("start_ms", covered_until))
        .filter(pl.col("from_ms") < pl.col("end_ms"))
        .sort("merged", "priority", "device_id")
    )
    rank = _is_other("merged", "priority", "device_id").cum_sum()
    first_of_user = pl.when(_is_other("merged")).then(rank).forward_fill()
    bit = pl.lit(2, pl.Int64).pow(rank - first_of_user)
    return trimmed.select("interval", "from_ms", "end_ms", user=_is_other("merged").cum_sum(), bit=bit)


def _is_other(*names: str) -> pl.Expr:
    """Whether any of these is not what it was in the row before."""
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in names)


def _stretches(trimmed: pl.LazyFrame) -> pl.LazyFrame:
    """From when to when an interval's device is the preferred one of those that run."""
    trimmed = lake.once(trimmed)
    instants = _instants(trimmed)
    winner, before = pl.col("winner"), pl.col("before")
    starts = trimmed.select("user", "bit", pl.lit(_START).alias("kind"), "interval", at_ms="from_ms")
    is_new = (winner != before) | ((pl.col("touched") & winner) != 0)
    wins = instants.filter((winner != 0) & is_new).select("user", "at_ms", bit="winner", kind=_WINS)
    loses = instants.filter((before != 0) & (winner != before)).select("user", "at_ms", bit="before", kind=_LOSES)
    # Every device begins with a start and ends by losing, so that neighbours are its own.
    marks = pl.concat([starts, wins, loses], how="diagonal").sort("user", "bit", "at_ms", "kind")
    stretches = marks.select(
        "kind", pl.col("interval").forward_fill(), from_ms="at_ms", to_ms=pl.col("at_ms").shift(-1)
    )
    return stretches.filter(pl.col("kind") == _WINS).drop("kind")


def _instants(trimmed: pl.LazyFrame) -> pl.LazyFrame:
    """Where something of a user starts or ends: the preferred device from then on, and the one until then."""
    starts = trimmed.select("user", "bit", at_ms="from_ms", change="bit")
    ends = trimmed.select("user", "bit", at_ms="end_ms", change=-pl.col("bit"))
    running, changed = pl.col("running"), pl.col("changed")
    return (
        pl.concat([starts, ends])
        .group_by("user", "at_ms")
        .agg(changed=pl.col("change").sum(), touched=pl.col("bit").bitwise_or())
        .sort("user", "at_ms")
        # All that starts ends, so that the sum is zero again where the next user begins.
        .with_columns(running=changed.cum_sum())
        .with_columns(winner=running & -running, before=(running - changed) & (changed - running))
    )


def _cut_by_hour(stretches: pl.LazyFrame) -> pl.LazyFrame:
    """Stretches in parts that do not go beyond an hour of the wrist."""
    ahead = pl.col("utc_offset_minutes").cast(pl.Int64) * 60_000
    first, last = (pl.col("from_ms") + ahead) // _HOUR_MS, (pl.col("to_ms") - 1 + ahead) // _HOUR_MS
    hour_ms = pl.col("hour") * _HOUR_MS - ahead
    return (
        stretches.with_columns(hour=pl.int_ranges(first, last + 1))
        .explode("hour")
        .with_columns(
            from_ms=pl.max_horizontal("from_ms", hour_ms), to_ms=pl.min_horizontal("to_ms", hour_ms + _HOUR_MS)
        )
    )
