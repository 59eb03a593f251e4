"""Build silver and gold: for each contract in order, its affected dates are replaced in one commit.

pin the inputs' positions → find the affected dates (`affected_dates`) → read the inputs, widened by the
contract's reach and cut by literal partition predicates → transform → row rules (silver) → merge where the
dataset has one → cut to the dates → replace exactly those dates, accepted and rejected together.

The affected dates come from the rows themselves, by their own offset, not from the UTC partition they lie
in: a day's batch then restates a day and its neighbours, not five. The winner of a key is chosen among all
rows read, before the cut. A range given by hand rebuilds exactly its dates and moves no position; a history
has no dates and always takes the snapshots that are new.

Alone: `python -m spark_jobs silver [--from DATE --to DATE] [ADDRESS ...]`, or `gold`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from importlib import import_module
from types import ModuleType
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations import row_rules
from expectations.rules import edition
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract, in_order
from spark_jobs import affected_dates, commits, measures, partitions, read, session, write
from spark_jobs.affected_dates import Affected, Pin
from spark_jobs.commits import Commit, Input, Progress
from spark_jobs.halt import Halt
from spark_jobs.silver import history, local_day, unique


def run(zone: Zone, addresses: Iterable[str], first: date | None, last: date | None) -> dict[str, Any]:
    """Build the named tables of a zone, or all: what is new, or exactly the dates first to last.

    Returns for each address how many dates and rows were written.
    """
    if (first is None) != (last is None):
        raise ValueError("give both the first and the last date, or neither")
    wanted = set(addresses)
    contracts = [of for of in in_order(zone) if not wanted or of.address in wanted]
    span = affected_dates.every(first, last) if first and last else None
    summary: dict[str, Any] = {}
    with session.opened(zone) as spark, measures.kept(spark) as written:
        for wave in _waves(contracts):
            calls = [_call(spark, of, zone, span, written) for of in wave]
            summary.update(zip((of.address for of in wave), session.side_by_side(spark, calls), strict=True))
    return summary


def _waves(contracts: list[Contract]) -> list[list[Contract]]:
    """Groups that can be built side by side: none reads another of its own group or a later one."""
    level: dict[str, int] = {}
    for of in contracts:
        level[of.address] = 1 + max((level.get(needed, 0) for needed in of.reads.values()), default=0)
    return [[of for of in contracts if level[of.address] == at] for at in sorted(set(level.values()))]


def _call(
    spark: SparkSession, of: Contract, zone: Zone, span: tuple[date, ...] | None, written: list[Commit]
) -> Callable[[], dict[str, int]]:
    if of.keeps_history:
        return lambda: build_history(spark, of)
    return lambda: build_dates(spark, of, zone, span, written)


@write.replan_once
def build_history(spark: SparkSession, of: Contract) -> dict[str, int]:
    """Add the snapshots that are new in bronze to a history."""
    progress = commits.progress(of, Zone.SILVER)
    pin = _pin(of, Zone.BRONZE, progress.consumed)
    if pin.position < progress.consumed.get(pin.name, 0):
        raise Halt(
            f"{of.address}: bronze was made anew or restored, and a history cannot take snapshots twice: delete the "
            f"history, too, to build it from all that bronze has"
        )
    if not pin.has_news():
        return {"rows": 0}
    taken = _taken(pin, _new_rows(pin))
    commit = progress.plan({pin.name: pin.position}, rows=_rows_in([taken]), read=[taken])
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


@write.replan_once
def build_dates(
    spark: SparkSession,
    of: Contract,
    zone: Zone,
    span: tuple[date, ...] | None,
    written: list[Commit] | None = None,
) -> dict[str, int]:
    """Replace the dates of a table that are affected, or those of the span; the commit joins `written`."""
    progress = commits.progress(of, zone)
    pins = input_pins(of, progress)
    found = affected(spark, of, zone, pins) if span is None else Affected(span)
    if not found.dates:
        return {"dates": 0, "rows": 0, "held": found.held}
    rows = computed(spark, of, zone, pins, found.dates)
    positions = {pin.name: pin.position for pin in pins.values()} if span is None else progress.consumed
    judged_by = edition(of, zone) if zone is Zone.SILVER else ""
    taken = [(pin, _taken(pin, _rows_near(of, pin, found.dates), is_news=span is None)) for pin in pins.values()]
    dated = [one for pin, one in taken if not pin.is_history]
    counts = _rows_in(dated or [one for _, one in taken])
    commit = progress.plan(positions, found.dates, counts, judged_by, [one for _, one in taken])
    done = write.replace_dates(rows, of, zone, found.dates, commit)
    if written is not None:
        written.append(done)
    return {"dates": len(found.dates), "rows": done.rows.get("written", 0), "held": found.held}


def _taken(pin: Pin, rows: int | None, *, is_news: bool = True) -> Input:
    """What a commit tells of an input; its batches are those that were new and are now consumed."""
    first, last = ((pin.after or 0) + 1, pin.position) if is_news and pin.has_news() else (None, None)
    return Input("table", pin.name, first_batch=first, last_batch=last, version=pin.version, row_count=rows)


def _rows_in(read: list[Input]) -> dict[str, int]:
    """The rows of inputs together, where all are known."""
    counts = [one.row_count for one in read if one.row_count is not None]
    return {"in": sum(counts)} if len(counts) == len(read) else {}


def _rows_near(of: Contract, pin: Pin, dates: tuple[date, ...]) -> int | None:
    """Accepted rows of the partitions that are read for the dates."""
    wanted = None if pin.is_history else affected_dates.widened(dates, of.reach_days[1], of.reach_days[0])
    return partitions.accepted_rows(pin.of, pin.zone, pin.version, wanted)


def _new_rows(pin: Pin) -> int | None:
    """Rows of the batches that are new; None where the history is too short to tell."""
    found = commits.since(pin.of, pin.zone, pin.after or 0, pin.position)
    return None if found is None else sum(commit.rows.get("written", 0) for commit in found)


def input_pins(of: Contract, progress: Progress) -> dict[str, Pin]:
    """Parameter → input as it stands now, with what the table has consumed of it."""
    return {name: _pin(contract(at), _input_zone(of, at), progress.consumed) for name, at in of.reads.items()}


def affected(spark: SparkSession, of: Contract, zone: Zone, pins: Mapping[str, Pin]) -> Affected:
    """The dates that what is new in the inputs affects."""
    return affected_dates.find(spark, of, zone, pins, _reads(of, zone))


def computed(
    spark: SparkSession, of: Contract, zone: Zone, pins: Mapping[str, Pin], dates: tuple[date, ...]
) -> DataFrame:
    """The rows of exactly these dates, as the pinned inputs have them; rejected ones with their reasons."""
    reads = _reads(of, zone)
    inputs = {name: _read(spark, of, pin, dates, reads.get(name)) for name, pin in pins.items()}
    return _rows(_module(of, zone), of, zone, inputs).where(_within(affected_dates.partition(of), dates))


def _reads(of: Contract, zone: Zone) -> Mapping[str, str]:
    """Predicates on the rows of inputs, of a module that reads some of them only."""
    return getattr(_module(of, zone), "READS", {})


def _input_zone(of: Contract, address: str) -> Zone:
    return Zone.BRONZE if address == of.address else tables.input_zone(of, address)


def _module(of: Contract, zone: Zone) -> ModuleType:
    if of.silver:
        return local_day if of.silver.kind == "local_day" else unique
    return import_module(f"spark_jobs.{zone}.{of.source}.{of.dataset}")


def _pin(of: Contract, zone: Zone, consumed: Mapping[str, int]) -> Pin:
    newest = commits.newest(of, zone)
    position = newest.batch if newest else 0
    after = consumed.get(commits.input_name(of, zone))
    if after is not None and after > position:
        # The table ends before what was consumed of it: it was made anew, and all of it is new.
        after = 0
    return Pin(of, zone, newest.version if newest else None, position, after)


def _read(spark: SparkSession, of: Contract, pin: Pin, dates: tuple[date, ...], predicate: str | None) -> DataFrame:
    """Accepted rows of an input that can reach the dates; a history as a whole."""
    rows = read.accepted(spark, pin.of, pin.zone, pin.version)
    if pin.is_history:
        return rows
    before, after = of.reach_days
    day = "_event_date" if pin.zone is Zone.BRONZE else affected_dates.partition(pin.of)
    near = rows.where(_within(day, affected_dates.widened(dates, after, before)))
    return near.where(predicate) if predicate else near


def _within(day: str, dates: tuple[date, ...]) -> Column:
    """A predicate of literals, so that only the dates' partitions are read."""
    if len(dates) == (dates[-1] - dates[0]).days + 1:
        return F.col(day).between(F.lit(dates[0]), F.lit(dates[-1]))
    return F.col(day).isin(list(dates))


def _rows(module: ModuleType, of: Contract, zone: Zone, inputs: Mapping[str, DataFrame]) -> DataFrame:
    """All rows of the table, rejected ones with their reasons."""
    rows: DataFrame = module.transform(**inputs, **({"of": of} if of.silver else {}))
    if zone is not Zone.SILVER:
        return rows
    judged = rows.withColumn("_reasons", _reasons(of))
    merged: DataFrame = module.merge(judged) if hasattr(module, "merge") else judged
    is_good = F.size("_reasons") == 0
    status = F.when(is_good, F.lit(tables.ACCEPTED)).otherwise(F.lit(tables.REJECTED))
    return merged.withColumn("_status", status)


def _reasons(of: Contract) -> Column:
    """Why a silver row is rejected: what the contract requires, then the dataset's rules."""
    none = F.array().cast("array<string>")
    required = [column.name for column in of.columns if column.required]
    missing = (F.when(F.col(name).isNull(), F.array(F.lit(f"missing: {name}"))).otherwise(none) for name in required)
    return F.concat(*missing, row_rules.reasons(of.address, Zone.SILVER))
