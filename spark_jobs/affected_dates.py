"""Which dates of a table a normal run must rebuild: what is new in its inputs → local dates.

- New bronze rows: their local dates by their own offset (by UTC where they know none).
- Rebuilt dates of a silver or gold input: those that its commits name.
- Changed dimension rows: dates of the table, and of the messages it is made from, that hold rows of their keys
  within the time in which the old and the new knowledge differ, as far back as `restate_within` before the newest
  change. A message that another one covers has no row in the table, but may have one tomorrow. Where the dimension
  makes rows of its own, as goals do, all dates of that time count of which any input knows something.

A date of a table is the first day of its period: a day, a week, a month. All are widened by the contract's reach, which
also covers an assumed offset, an interval across midnight and the same event sent with another offset; what a table
carries on reaches all later dates (`carried_state`). Rows sent later than `restate_within` after the event are held:
kept in bronze, counted, left to a ranged run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import periods, tables
from lake_layout.contracts import Contract, Zone
from lake_layout.lengths import seconds
from spark_jobs import carried_state, commits, dimension_changes, partitions, read
from spark_jobs.silver.local_time import local_date
from spark_jobs.staged import Staged

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pin:
    """An input as it stood when the run began: read it at `version`; `after` was consumed before (None: nothing).

    Dates that are `staged` are read from there instead.
    """

    of: Contract
    zone: Zone
    version: int | None
    position: int
    after: int | None
    staged: Staged | None = None

    @property
    def name(self) -> str:
        return commits.input_name(self.of, self.zone)

    @property
    def is_history(self) -> bool:
        return tables.is_history(self.of, self.zone)

    def has_news(self) -> bool:
        return self.position > (self.after or 0)


@dataclass(frozen=True)
class Affected:
    """Dates to rebuild, and how many new rows are held for a ranged run."""

    dates: tuple[date, ...]
    held: int = 0


def partition(of: Contract) -> str:
    """The date column by which a silver or gold table is replaced."""
    if of.partition is None:
        raise ValueError(f"{of.address} has no partition column: its contract must name one")
    return of.partition


def every(first: date, last: date) -> tuple[date, ...]:
    """All dates from first to last, both included."""
    return tuple(first + timedelta(days=day) for day in range((last - first).days + 1))


def span(of: Contract, first: date, last: date) -> tuple[date, ...]:
    """The dates of a table that hold the days from first to last."""
    return periods.widened(of.period, every(first, last), 0, 0)


def days_of(of: Contract, dates: Iterable[date]) -> set[date]:
    """All days of the periods that these dates of a table name."""
    return {day for first in dates for day in periods.days_of(of.period, first)}


def rebuild_command(first: date, last: date) -> str:
    """What a person types to rebuild a range of dates."""
    return f"lake run daily_etl --from {first} --to {last}"


def reached(of: Contract, days: Iterable[date], source: Contract) -> tuple[date, ...]:
    """The dates of a table, each the first day of a period, that rows of an input on these days can influence."""
    if carried_state.is_in(of):
        return carried_state.reached(of, days)
    return periods.widened(of.period, days, *of.reach_of(source.address))


def near(of: Contract, dates: Iterable[date], source: Contract) -> tuple[date, ...]:
    """The dates of an input that can reach these dates of a table."""
    before, after = of.reach_of(source.address)
    wanted = periods.widened(of.period, dates, after, before)
    days = (day for first in wanted for day in periods.days_of(of.period, first))
    return periods.widened(source.period, days, 0, 0)


def find(
    spark: SparkSession,
    of: Contract,
    zone: Zone,
    pins: Mapping[str, Pin],
    reads: Mapping[str, str],
    passed_over: str = "",
) -> Affected:
    """The dates of `of` that what is new in its inputs affects; `reads` are predicates on input rows.

    Rebuilt dates of commits whose runs begin with `passed_over` do not count.
    """
    found: set[date] = set()
    held = 0
    for name, pin in pins.items():
        if not pin.has_news():
            continue
        if pin.is_history:
            days = _dimension_dates(spark, of, zone, pin, pins, reads)
        elif pin.zone is Zone.BRONZE:
            new = _bronze_dates(spark, of, pin, reads.get(name, "true"))
            days, held = set(new.dates), held + new.held
        else:
            days = _rebuilt_dates(spark, pin, passed_over)
        found |= set(reached(of, days, pin.of))
    return Affected(tuple(sorted(found)), held)


def held_dates(spark: SparkSession, of: Contract, pins: Mapping[str, Pin]) -> set[date]:
    """Dates that rows held for a ranged run would affect, whether such a run has been or not."""
    found: set[date] = set()
    for pin in pins.values():
        if pin.zone is Zone.BRONZE and not pin.is_history:
            rows = read.accepted(spark, pin.of, pin.zone, pin.version)
            late = rows.where(_is_held(pin.of, of.restate_within)).select(_own_date(pin.of)).distinct()
            found |= set(reached(of, (row[0] for row in late.collect()), pin.of))
    return found


def held_rows(spark: SparkSession, source: Contract, restate_within: str) -> dict[date, tuple[int, int]]:
    """Local date → rows of a source that came too late for normal runs, and the newest batch among them."""
    late = read.accepted(spark, source, Zone.BRONZE).where(_is_held(source, restate_within))
    found = late.groupBy(_own_date(source).alias("day")).agg(F.count(F.lit(1)).alias("rows"), F.max("_batch"))
    return {row[0]: (row[1], row[2]) for row in found.collect()}


def _rebuilt_dates(spark: SparkSession, pin: Pin, passed_over: str) -> set[date]:
    """Those that commits name, or all where the history no longer reaches back."""
    found = commits.since(pin.of, pin.zone, pin.after or 0)
    if found is not None:
        counted = (one for one in found if not (passed_over and one.run.startswith(passed_over)))
        return days_of(pin.of, (first for commit in counted for first in commit.dates))
    rows = read.accepted(spark, pin.of, pin.zone, pin.version).select(partition(pin.of)).distinct().collect()
    return days_of(pin.of, (row[0] for row in rows))


def _bronze_dates(spark: SparkSession, of: Contract, pin: Pin, predicate: str) -> Affected:
    new = F.col("_batch").between((pin.after or 0) + 1, pin.position)
    rows = read.accepted(spark, pin.of, pin.zone, pin.version).where(new).where(predicate)
    is_held = _is_held(pin.of, of.restate_within)
    found = rows.groupBy(_own_date(pin.of).alias("day"), is_held.alias("is_held")).count().collect()
    dates = {row["day"] for row in found if not row["is_held"]}
    return Affected(tuple(dates), sum(row["count"] for row in found if row["is_held"]))


def _own_date(source: Contract) -> Column:
    event_time = source.column(source.event_time) if source.event_time else None
    if event_time is None or event_time.type != "offset_timestamp":
        return F.col("_event_date")
    return local_date(F.col(event_time.name), F.coalesce(F.col(event_time.offset_name), F.lit(0)))


def _is_held(source: Contract, restate_within: str) -> Column:
    names = {column.name for column in source.columns}
    if source.event_time is None or "sent_at" not in names:
        return F.lit(False)
    late_by = F.unix_seconds("sent_at") - F.unix_seconds(source.event_time)
    return F.coalesce(late_by > seconds(restate_within), F.lit(False))


def _messages(spark: SparkSession, pins: Mapping[str, Pin], key: str, reads: Mapping[str, str]) -> list[DataFrame]:
    """Key and own date of the messages that know the key: one that counts for nothing today is in bronze only."""
    return [
        read.accepted(spark, pin.of, pin.zone, pin.version)
        .where(reads.get(name, "true"))
        .select(key, _own_date(pin.of).alias("_day"), "_event_date")
        for name, pin in pins.items()
        if pin.zone is Zone.BRONZE and key in {column.name for column in pin.of.columns}
    ]


def _dimension_dates(
    spark: SparkSession, of: Contract, zone: Zone, pin: Pin, pins: Mapping[str, Pin], reads: Mapping[str, str]
) -> set[date]:
    if pin.after is None:
        # The table was never built by a normal run: its other inputs are new as a whole.
        return set()
    history = read.table(spark, pin.of, pin.zone, pin.version)
    spans = dimension_changes.spans(history, pin.of, pin.after)
    if not spans:
        return set()
    since = _oldest_restated(history, pin.after, of.restate_within)
    if dimension_changes.makes_rows(pin.of):
        stretches = {(max(first, since), last) for _key, first, last in spans if last >= since}
        return _dates_within(of, pins, stretches)
    key, day = pin.of.key[0], partition(of)
    changed = spark.createDataFrame(spans, "_key string, _first date, _last date")
    rows = read.table(spark, of, zone).select(key, F.col(day).alias("_day"), F.col(day).alias("_event_date"))
    for frame in _messages(spark, pins, key, reads):
        rows = rows.unionByName(frame)
    # A local date is at most a day away from the UTC date by which bronze is partitioned.
    near = rows.where(F.col("_event_date") >= max(since, date.min + _ONE_DAY) - _ONE_DAY).where(F.col("_day") >= since)
    is_changed = (F.col(key) == F.col("_key")) & F.col("_day").between(F.col("_first"), F.col("_last"))
    return {row[0] for row in near.join(F.broadcast(changed), is_changed).select("_day").distinct().collect()}


def _dates_within(of: Contract, pins: Mapping[str, Pin], stretches: set[tuple[date, date]]) -> set[date]:
    """The dates of a table that have a day within a stretch of days, of those of which an input knows anything."""
    inputs = [one for one in pins.values() if not one.is_history]
    known = {day for one in inputs for day in partitions.dates(one.of, one.zone, one.version)}
    days = {at: periods.days_of(of.period, at) for at in periods.widened(of.period, known, 0, 0)}
    return {at for at, of_it in days.items() if any(a <= of_it[-1] and of_it[0] <= b for a, b in stretches)}


def _oldest_restated(history: DataFrame, after: int, restate_within: str) -> date:
    """The oldest date that a change of a dimension restates; no bound where there are new keys alone."""
    is_new, is_closed = F.col("_batch") > after, F.col("_closed_batch") > after
    opened = F.max(F.when(is_new, F.unix_seconds("valid_from")))
    closed = F.max(F.when(is_closed, F.unix_seconds("valid_to")))
    newest = max((instant for instant in history.agg(opened, closed).collect()[0] if instant), default=None)
    return dimension_changes.as_date(newest - seconds(restate_within)) if newest else date.min
