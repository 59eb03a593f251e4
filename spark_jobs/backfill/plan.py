"""What a backfill would do: tables and dates, rows and bytes to read, the time, and what only the lake still has.

Rows are exact: they come from the statistics of the very files that will be read, without Spark. The time comes from
the run ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import pyarrow.compute as pc

from lake_layout.contracts import Contract, KafkaLog, Snapshot, Zone, contract
from lake_layout.lengths import seconds as length
from spark_jobs import build, commits, compute, partitions
from spark_jobs.affected_dates import Pin, every
from spark_jobs.backfill import estimate
from spark_jobs.backfill.reach import Reached, reached
from spark_jobs.commits import Progress
from spark_jobs.ledger import look, update
from spark_jobs.release import log as releases
from spark_jobs.release.log import Did

_PAST_BATCHES = 60
_SIDE_BY_SIDE = 2


@dataclass(frozen=True)
class Read:
    """What is read of one input."""

    name: str
    rows: int | None
    size_bytes: int


@dataclass(frozen=True)
class Table:
    """`rows` and bytes are read; `seconds` are unknown where no batch was ever measured."""

    dataset: str
    zone: str
    first: date
    last: date
    dates: int
    rows: int | None
    size_bytes: int
    seconds: float | None
    reads: tuple[Read, ...]


@dataclass(frozen=True)
class Plan:
    """`seconds` are those until the rows are staged, `publish_seconds` those of a release."""

    dataset: str
    first: date
    last: date
    tables: tuple[Table, ...]
    rows: int | None
    size_bytes: int
    seconds: float | None
    publish_seconds: float | None
    only_in_the_lake: tuple[str, ...]


def make(address: str, first: date, last: date) -> tuple[Plan, tuple[Reached, ...]]:
    """The plan, and what it reaches.

    Raises ValueError: the dates are none, or nothing is made from the dataset; KeyError: there is no such dataset;
    ConnectionError: Postgres, where the ledger stands, does not answer.
    """
    if last < first:
        raise ValueError(f"the range ends on {last}, before it begins on {first}")
    found = reached(address, first, last)
    update.update()
    planned = tuple(_table(one) for one in found)
    rows = [one.rows for one in planned]
    plan = Plan(
        address,
        first,
        last,
        planned,
        None if None in rows else sum(count or 0 for count in rows),
        sum(one.size_bytes for one in planned),
        _seconds(found, planned),
        _seconds_of_a_release(),
        tuple(_only_here(address, found, first, last)),
    )
    return plan, found


def _table(one: Reached) -> Table:
    pins = compute.input_pins(one.of, Progress({}, 1))
    wanted = compute.wanted(one.of, pins, one.dates)
    reads = tuple(_read(pin, wanted[name]) for name, pin in pins.items())
    taken = [compute.taken(pin, read.rows, is_news=False) for pin, read in zip(pins.values(), reads, strict=True)]
    rows = compute.rows_in(taken, pins).get("in")
    return Table(
        one.of.address,
        one.zone.value,
        one.dates[0],
        one.dates[-1],
        len(one.dates),
        rows,
        sum(read.size_bytes for read in reads),
        None if rows is None else estimate.seconds(_past(one), rows),
        reads,
    )


def _read(pin: Pin, dates: tuple[date, ...] | None) -> Read:
    size = partitions.accepted(pin.of, pin.zone, pin.version, dates)
    return Read(pin.name, size.rows, size.size_bytes)


def _past(one: Reached) -> list[tuple[int, float]]:
    """Rows and seconds of the newest batches of the table."""
    wanted = look.Wanted((one.of.address,), one.zone)
    found = look.batches(wanted, _PAST_BATCHES)
    return [(row["rows_in"], row["seconds"]) for row in found if row["rows_in"] and row["seconds"] is not None]


def _seconds(found: tuple[Reached, ...], planned: tuple[Table, ...]) -> float | None:
    """Of all tasks until the rows are staged and compared; None if a table's are unknown."""
    known = {one.dataset: one.seconds for one in planned}
    if any(told is None for told in known.values()):
        return None
    zones = {zone: [one.of for one in found if one.zone is zone] for zone in (Zone.SILVER, Zone.GOLD)}
    waves = [[known[of.address] or 0.0 for of in wave] for of_zone in zones.values() for wave in build.waves(of_zone)]
    tasks = 1 + sum(bool(of_zone) for of_zone in zones.values())
    return estimate.wall(waves, _SIDE_BY_SIDE) + (tasks + 1) * estimate.SECONDS_OF_A_TASK


def _seconds_of_a_release() -> float | None:
    """What the newest releases took from their pins to the switch."""
    events = releases.read().events
    begun = {event.release_id: event.at for event in events if event.did is Did.STAGED}
    took = [(event.at - begun[event.release_id]).total_seconds() for event in events if event.did is Did.RELEASED]
    return median(took[-5:]) if took else None


def _only_here(address: str, found: tuple[Reached, ...], first: date, last: date) -> Iterator[str]:
    """In words: what a source can no longer tell of these dates, and dates of which nothing ever came."""
    for of in _sources(address, found):
        newest = commits.newest(of, Zone.BRONZE)
        dates = every(first, last)
        files = partitions.accepted_files(of, Zone.BRONZE, newest.version if newest else None, dates)
        if isinstance(of.origin, Snapshot):
            yield f"{of.address}: its database cannot be read as of a past date; what has landed is all there is"
            continue
        if files is None or not files.num_rows:
            yield f"{of.address}: the lake has no rows of these dates"
            continue
        days = set(files["partition._event_date"].to_pylist())
        if missing := [day for day in dates if day not in days]:
            yield f"{of.address}: the lake has no rows of {len(missing)} of these dates, {missing[0]} the first"
        if isinstance(of.origin, KafkaLog):
            yield from _expired(of, of.origin, files)


def _expired(of: Contract, origin: KafkaLog, files: Any) -> Iterator[str]:
    """Rows that are older than the topic's retention."""
    horizon = datetime.now(UTC).timestamp() - length(origin.kept)
    newest = [at.replace(tzinfo=at.tzinfo or UTC).timestamp() for at in files["max._logged_at"].to_pylist()]
    gone = files.filter([at < horizon for at in newest])
    if gone.num_rows:
        rows = pc.sum(gone["num_records"]).as_py()
        yield f"{of.address}: {rows:,} rows are older than the {origin.kept} for which its topic keeps them"


def _sources(address: str, found: tuple[Reached, ...]) -> list[Contract]:
    """The sources from which the tables are made, the dataset itself if it is one."""
    seen: dict[str, Contract] = {}
    waiting = [address, *(one.of.address for one in found)]
    while waiting:
        of = contract(waiting.pop(0))
        if of.address not in seen:
            seen[of.address] = of
            waiting += of.reads.values()
    return [of for of in seen.values() if of.origin is not None]
