"""Rows of given dates, computed from inputs as they stood at one instant: contract + pins + dates → frame.

Inputs are read at their pinned versions, widened by the contract's reach and cut by literal partition predicates →
transform → row rules (silver) → merge where the dataset has one → cut to the dates. The winner of a key is chosen
among all rows read, before the cut. A table that carries its state on reads it where it last stood.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import reduce
from importlib import import_module
from types import ModuleType

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations import row_rules
from expectations.rules import edition
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import affected_dates, carried_state, commits, partitions, read, sizing
from spark_jobs.affected_dates import Affected, Pin
from spark_jobs.commits import Input, Progress
from spark_jobs.silver import local_day, unique


def input_pins(of: Contract, progress: Progress) -> dict[str, Pin]:
    """Parameter → input as it stands now, with what the table has consumed of it."""
    pins = {name: pin(contract(at), _input_zone(of, at), progress.consumed) for name, at in of.reads.items()}
    # What a table itself has written is no news to it.
    return {name: replace(one, after=one.position) if _is_own(of, one) else one for name, one in pins.items()}


def taken(of: Pin, rows: int | None, *, is_news: bool = True) -> Input:
    """What a commit tells of an input; its batches are those that were new and are now consumed."""
    first, last = ((of.after or 0) + 1, of.position) if is_news and of.has_news() else (None, None)
    return Input("table", of.name, first_batch=first, last_batch=last, version=of.version, row_count=rows)


def taken_for(of: Contract, pins: Mapping[str, Pin], dates: tuple[date, ...], *, is_news: bool) -> list[Input]:
    """The same of all inputs of a table, with the rows that are read for the dates."""
    read_ = wanted(of, pins, dates)
    return [taken(one, _rows_in(one, read_[name]), is_news=is_news) for name, one in pins.items()]


def rows_in(read_: list[Input], pins: Mapping[str, Pin]) -> dict[str, int]:
    """Rows of inputs together, where all are known; those of histories only where there is nothing else."""
    histories = {one.name for one in pins.values() if one.is_history}
    chosen = [one for one in read_ if one.name not in histories] or read_
    counts = [one.row_count for one in chosen if one.row_count is not None]
    return {"in": sum(counts)} if len(counts) == len(chosen) else {}


def wanted(of: Contract, pins: Mapping[str, Pin], dates: tuple[date, ...]) -> dict[str, tuple[date, ...] | None]:
    """Parameter → the dates of the input that are read for these dates of a table; None: a history, as a whole."""
    dated = {name: one for name, one in pins.items() if not one.is_history}
    found = dict.fromkeys(pins, None) | {name: affected_dates.near(of, dates, one.of) for name, one in dated.items()}
    if not carried_state.is_in(of):
        return found
    standing = _standing(of, pins)
    for name, one in dated.items():
        if _is_own(of, one):
            found[name] = carried_state.states_near(dates, standing)
        else:
            found[name] = carried_state.days_near(of, dates, standing, _held(one))
    return found


def _is_own(of: Contract, one: Pin) -> bool:
    """Whether an input is the table itself, and not the zone before it."""
    return one.of.address == of.address and one.zone is of.zones[-1]


def _standing(of: Contract, pins: Mapping[str, Pin]) -> set[date]:
    """The dates of a table that carries its state on, as it is pinned, on which others may build.

    Where dates of it are staged, only those before them all: what stands among these was made without them.
    """
    own = next(one for one in pins.values() if _is_own(of, one))
    found = partitions.dates(of, own.zone, own.version)
    return found if own.staged is None else {day for day in found if day < min(own.staged.dates)}


def _held(one: Pin) -> set[date]:
    """The dates on which an input has rows, or may have some that are staged."""
    return partitions.dates(one.of, one.zone, one.version) | set(one.staged.dates if one.staged else ())


def _rows_in(one: Pin, wanted: tuple[date, ...] | None) -> int | None:
    """Accepted rows of an input's partitions of these dates, None: of all."""
    if wanted is None:
        return partitions.accepted(one.of, one.zone, one.version, None).rows
    if one.staged is None:
        return partitions.accepted(one.of, one.zone, one.version, wanted).rows
    aside = set(one.staged.dates)
    kept = partitions.accepted(one.of, one.zone, one.version, [day for day in wanted if day not in aside]).rows
    root, version = one.staged.root, one.staged.commit()
    put = partitions.accepted(one.of, one.zone, version.version if version else None, wanted, root).rows
    return None if kept is None or put is None else kept + put


def affected(spark: SparkSession, of: Contract, zone: Zone, pins: Mapping[str, Pin], passed_over: str = "") -> Affected:
    """The dates that what is new in the inputs affects, but for commits whose runs begin with `passed_over`."""
    return affected_dates.find(spark, of, zone, pins, reads(of, zone), passed_over)


def computed(
    spark: SparkSession, of: Contract, zone: Zone, pins: Mapping[str, Pin], dates: tuple[date, ...]
) -> DataFrame:
    """The rows of exactly these dates, as the pinned inputs have them; rejected ones with their reasons."""
    groups = [dates]
    if carried_state.is_in(of):
        groups = [group for _base, group in carried_state.parts(dates, _standing(of, pins))]
    frames = (_computed(spark, of, zone, pins, group) for group in groups)
    return reduce(lambda left, right: left.unionByName(right), frames)


def _computed(
    spark: SparkSession, of: Contract, zone: Zone, pins: Mapping[str, Pin], dates: tuple[date, ...]
) -> DataFrame:
    chosen, near = reads(of, zone), wanted(of, pins, dates)
    inputs = {name: _read(spark, one, near[name], chosen.get(name)) for name, one in pins.items()}
    return rows(of, zone, inputs).where(within(affected_dates.partition(of), dates))


def judged_by(of: Contract, zone: Zone) -> str:
    """The edition of contract and rules of now by which rows are judged; gold's are judged by none."""
    return edition(of, zone) if zone is Zone.SILVER else ""


def reads(of: Contract, zone: Zone) -> Mapping[str, str]:
    """Predicates on the rows of inputs, of a module that reads some of them only."""
    return getattr(_module(of, zone), "READS", {})


def _input_zone(of: Contract, address: str) -> Zone:
    return Zone.BRONZE if of.silver and address == of.address else tables.input_zone(of, address)


def _module(of: Contract, zone: Zone) -> ModuleType:
    if of.silver:
        return local_day if of.silver.kind == "local_day" else unique
    return import_module(f"spark_jobs.{zone}.{of.source}.{of.dataset}")


def pin(of: Contract, zone: Zone, consumed: Mapping[str, int]) -> Pin:
    """A table as it stands now."""
    newest = commits.newest(of, zone)
    position = newest.batch if newest else 0
    after = consumed.get(commits.input_name(of, zone))
    if after is not None and after > position:
        # The table ends before what was consumed of it: it was made anew, and all of it is new.
        after = 0
    return Pin(of, zone, newest.version if newest else None, position, after)


def _read(spark: SparkSession, one: Pin, wanted: tuple[date, ...] | None, predicate: str | None) -> DataFrame:
    """Accepted rows of an input's partitions of these dates; None: of a history, which goes to each task if small."""
    rows = read.accepted(spark, one.of, one.zone, one.version)
    if wanted is None:
        count = _rows_in(one, None)
        return F.broadcast(rows) if count is not None and count <= sizing.BROADCAST_ROWS else rows
    day = "_event_date" if one.zone is Zone.BRONZE else affected_dates.partition(one.of)
    found = rows.where(within(day, wanted))
    if one.staged is not None:
        aside = set(one.staged.dates)
        put = read.accepted(spark, one.of, one.zone, root=one.staged.root).where(within(day, wanted))
        kept = tuple(when for when in wanted if when not in aside)
        found = put.unionByName(rows.where(within(day, kept))) if kept else put
    return found.where(predicate) if predicate else found


def within(day: str, dates: tuple[date, ...]) -> Column:
    """A predicate of literals, so that only the dates' partitions are read."""
    if not dates:
        return F.lit(False)
    if len(dates) == (dates[-1] - dates[0]).days + 1:
        return F.col(day).between(F.lit(dates[0]), F.lit(dates[-1]))
    return F.col(day).isin(list(dates))


def rows(of: Contract, zone: Zone, inputs: Mapping[str, DataFrame]) -> DataFrame:
    """All rows that a table has of these inputs, rejected ones with their reasons."""
    module = _module(of, zone)
    made: DataFrame = module.transform(**inputs, **({"of": of} if of.silver else {}))
    if zone is not Zone.SILVER:
        return made
    judged = made.withColumn("_reasons", _reasons(of))
    merged: DataFrame = module.merge(judged) if hasattr(module, "merge") else judged
    is_good = F.size("_reasons") == 0
    status = F.when(is_good, F.lit(tables.ACCEPTED)).otherwise(F.lit(tables.REJECTED))
    return merged.withColumn("_status", status)


def _reasons(of: Contract) -> Column:
    """Why a silver row is rejected: what the contract requires, then the dataset's rules."""
    required = [column.name for column in of.columns if column.required]
    missing = (
        F.when(F.col(name).isNull(), row_rules.texts(F.lit(f"missing: {name}"))).otherwise(row_rules.texts())
        for name in required
    )
    return F.concat(*missing, row_rules.reasons(of.address, Zone.SILVER))
