"""Truth of steps, distance and energy: what devices counted → what counts, where several counted the same walk.

Intervals are taken in order of preference; of each, only the time that no preferred one has covered counts, with
the share of its amount that falls there. Shares are whole and sum to the amount of the interval.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from local_stack.simulator.facts import OFFSET_UNKNOWN, read_facts
from local_stack.simulator.places import HOUR, MINUTE
from local_stack.simulator.truth.columns import local_date
from local_stack.simulator.truth.known import Known

BRISK_STEPS_A_MINUTE = 100
UserDate = tuple[str, date]


@dataclass(frozen=True, order=True)
class Interval:
    """In order of preference. Instants and offset as in the facts, the offset always known."""

    priority: int
    device_id: str
    start: int
    end: int
    event_id: str
    offset: int
    amount: int


class Covered:
    """Disjoint spans of time, in order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> list[tuple[int, int]]:
        """Cover a span; returns the parts of it that were still free."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        free, at = [], start
        for covered_from, covered_to in zip(self._starts[first:last], self._ends[first:last], strict=True):
            if at < covered_from:
                free.append((at, covered_from))
            at = covered_to
        if at < end:
            free.append((at, end))
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]
        return free


@dataclass
class Movement:
    """What counts, by user and local date; `hourly_steps` by (user, date, local hour, offset). Times in ms."""

    amounts: dict[str, dict[UserDate, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    hourly_steps: dict[tuple[str, date, int, int], int] = field(default_factory=lambda: defaultdict(int))
    brisk_ms: dict[UserDate, int] = field(default_factory=lambda: defaultdict(int))
    moving_ms: dict[UserDate, int] = field(default_factory=lambda: defaultdict(int))


def _owned_intervals(known: Known, folder: Path) -> dict[tuple[str, str], list[Interval]]:
    """Intervals by user and measure (`steps`, `distance`, `active`, …); those without an owner are left out."""
    facts = read_facts(folder, "intervals")
    found: dict[tuple[str, str], list[Interval]] = defaultdict(list)
    if facts is None:
        return found
    names = ("device_id", "metric", "energy_type", "start", "end", "offset", "amount", "event_id")
    for device, metric, energy_type, start, end, offset, amount, event_id in zip(
        *(facts.column(name).to_pylist() for name in names), strict=True
    ):
        owner = known.owner(device, start)
        if owner:
            where = known.offset(owner.user_id, start) if offset == OFFSET_UNKNOWN else offset
            interval = Interval(owner.priority, device, start, end, event_id, where, amount)
            found[owner.user_id, energy_type or metric].append(interval)
    return found


def _hours(start: int, end: int, offset: int) -> Iterator[tuple[int, int]]:
    """A span cut at the starts of local hours."""
    shift = offset * MINUTE
    while start < end:
        next_hour = ((start + shift) // HOUR + 1) * HOUR - shift
        yield start, min(end, next_hour)
        start = min(end, next_hour)


def _count(into: Movement, user_id: str, measure: str, of: Interval, start: int, end: int) -> None:
    """Add one piece that lies within a local hour."""
    length = of.end - of.start
    amount = of.amount * (end - of.start) // length - of.amount * (start - of.start) // length
    day = user_id, local_date(start, of.offset)
    into.amounts[measure][day] += amount
    if measure == "steps":
        hour = (start + of.offset * MINUTE) // HOUR % 24
        into.hourly_steps[*day, hour, of.offset] += amount
        into.brisk_ms[day] += end - start if of.amount * MINUTE >= BRISK_STEPS_A_MINUTE * length else 0
        into.moving_ms[day] += end - start if of.amount else 0


def movement(known: Known, folder: Path) -> Movement:
    """Everything counted, once."""
    result = Movement()
    for (user_id, measure), found in _owned_intervals(known, folder).items():
        covered = Covered()
        for interval in sorted(found):
            for free_from, free_to in covered.add(interval.start, interval.end):
                for start, end in _hours(free_from, free_to, interval.offset):
                    _count(result, user_id, measure, interval, start, end)
    return result
