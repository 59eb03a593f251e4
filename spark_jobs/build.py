"""Build silver and gold: for each contract in order, its affected dates are replaced in one commit.

pin the inputs' positions → find the affected dates (`affected_dates`) → compute their rows (`compute`) → replace
exactly those dates, accepted and rejected together.

The affected dates come from the rows themselves, by their own offset, not from the UTC partition they lie
in: a day's batch then restates a day and its neighbours, not five. A range given by hand rebuilds exactly its
dates and moves no position; a history has no dates and always takes the snapshots that are new. A run that publishes
a backfill takes over its rows first, but for dates that have moved since.

Alone: `python -m spark_jobs silver [--from DATE --to DATE] [ADDRESS ...]`, or `gold [--period week]`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout.contracts import Contract, Zone, in_order
from lake_layout.periods import Period
from spark_jobs import affected_dates, carried_state, commits, compute, measures, read, session, write
from spark_jobs.affected_dates import Affected, Pin
from spark_jobs.backfill import publish
from spark_jobs.halt import Halt
from spark_jobs.silver import history
from spark_jobs.staged import Staged


def run(
    zone: Zone,
    addresses: Iterable[str] = (),
    first: date | None = None,
    last: date | None = None,
    staged: Mapping[str, Staged] = MappingProxyType({}),
    period: Period | None = None,
) -> dict[str, Any]:
    """Build the named tables of a zone, or all, or those of a period: what is new, or exactly the days first to last.

    `staged`: address → rows of a backfill to be published, whatever the period. Returns for each address how many
    dates and rows were written.
    """
    if (first is None) != (last is None):
        raise ValueError("give both the first and the last date, or neither")
    wanted = set(addresses)
    contracts = [
        of
        for of in in_order(zone)
        if of.address in staged or ((not wanted or of.address in wanted) and period in (None, of.period))
    ]
    span = (first, last) if first and last else None
    summary: dict[str, Any] = {}
    with session.opened(zone) as spark, measures.noted(spark):
        for wave in waves(contracts):
            calls = [_call(spark, of, zone, span, staged.get(of.address)) for of in wave]
            summary.update(zip((of.address for of in wave), session.side_by_side(spark, calls), strict=True))
    return summary


def waves(contracts: list[Contract]) -> list[list[Contract]]:
    """Groups that can be built side by side: none reads another of its own group or a later one."""
    level: dict[str, int] = {}
    for of in contracts:
        level[of.address] = 1 + max((level.get(needed, 0) for needed in of.reads.values()), default=0)
    return [[of for of in contracts if level[of.address] == at] for at in sorted(set(level.values()))]


def _call(
    spark: SparkSession,
    of: Contract,
    zone: Zone,
    span: tuple[date, date] | None,
    staged: Staged | None,
) -> Callable[[], dict[str, int]]:
    if of.keeps_history:
        return lambda: build_history(spark, of)
    if staged is None:
        return lambda: build_dates(spark, of, zone, span)
    return lambda: publish_dates(spark, staged)


@write.replan_once
def build_history(spark: SparkSession, of: Contract) -> dict[str, int]:
    """Add the snapshots that are new in bronze to a history."""
    progress = commits.progress(of, Zone.SILVER)
    pin = compute.pin(of, Zone.BRONZE, progress.consumed)
    if pin.position < progress.consumed.get(pin.name, 0):
        raise Halt(
            f"{of.address}: bronze was made anew or restored, and a history cannot take snapshots twice: delete the "
            f"history, too, to build it from all that bronze has"
        )
    if not pin.has_news():
        return {"rows": 0}
    rows = _new_rows(pin)
    taken = compute.taken(pin, rows)
    counts = {} if rows is None else {"in": rows}
    commit = progress.plan({pin.name: pin.position}, rows=counts, read=[taken])
    versions = _versions(spark, of, pin, commit.batch)
    return {"rows": write.replace_all(versions, of, Zone.SILVER, commit).rows.get("written", 0)}


def _versions(spark: SparkSession, of: Contract, pin: Pin, batch: int) -> DataFrame:
    """The history with what is new; made anew from all snapshots where a replay repaired rows of past ones."""
    snapshots, before = read.table(spark, of, Zone.BRONZE, pin.version), read.table(spark, of, Zone.SILVER)
    after = pin.after or 0
    found = commits.since(of, Zone.BRONZE, after, pin.position)
    if found is not None and not any(commit.is_replay for commit in found):
        new = F.col("_batch").between(after + 1, pin.position)
        return history.transform(before, snapshots.where(new), of, batch)
    judged = read.newest_judgements(snapshots.where(F.col("_batch") <= pin.position), commits.replays(of))
    return history.anew(before, judged, of, batch)


def _new_rows(pin: Pin) -> int | None:
    """Rows of the batches that are new; None where the history is too short to tell."""
    found = commits.since(pin.of, pin.zone, pin.after or 0, pin.position)
    return None if found is None else sum(commit.rows.get("written", 0) for commit in found)


def publish_dates(spark: SparkSession, staged: Staged) -> dict[str, int]:
    """Take over the rows of a backfill, then build what is new and those of its dates that have moved since."""
    taken = publish.take_over(spark, staged)
    # State is carried on into periods that began after the staging, too.
    later = carried_state.reached(staged.of, staged.dates) if carried_state.is_in(staged.of) else ()
    moved = tuple(day for day in {*staged.dates, *later} if day not in taken)
    done = build_dates(spark, staged.of, staged.zone, None, moved, staged.run)
    return {**done, "published": len(taken)}


@write.replan_once
def build_dates(
    spark: SparkSession,
    of: Contract,
    zone: Zone,
    span: tuple[date, date] | None,
    more: tuple[date, ...] = (),
    passed_over: str = "",
) -> dict[str, int]:
    """Replace the dates of a table that are affected, or those that hold the days of the span, first to last.

    `more` dates are replaced, too. Commits of inputs whose runs begin with `passed_over` affect nothing.
    """
    progress = commits.progress(of, zone)
    pins = compute.input_pins(of, progress)
    found = Affected(affected_dates.span(of, *span)) if span else compute.affected(spark, of, zone, pins, passed_over)
    dates = tuple(sorted({*found.dates, *more}))
    if not dates:
        return {"dates": 0, "rows": 0, "held": found.held}
    rows = compute.computed(spark, of, zone, pins, dates)
    positions = {pin.name: pin.position for pin in pins.values()} if span is None else progress.consumed
    taken = compute.taken_for(of, pins, dates, is_news=span is None)
    commit = progress.plan(positions, dates, compute.rows_in(taken, pins), compute.judged_by(of, zone), taken)
    done = write.replace_dates(rows, of, zone, dates, commit)
    return {"dates": len(dates), "rows": done.rows.get("written", 0), "held": found.held}
