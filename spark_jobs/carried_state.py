"""Tables that carry their state from period to period, told by logs: a table among its own inputs → dates that move.

A date of such a table holds the state in which its period begins, and there is one for each period in which its other
inputs have rows. It is made of the newest date before it, whichever that is, and of all rows of the inputs since. So
what happens on a day moves every later date, however long nothing happened in between, and no earlier one; what a date
costs is the size of a state and what has changed since the one before.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from lake_layout import periods, tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import commits, partitions


def is_in(of: Contract) -> bool:
    """Whether a table is among its own inputs."""
    return of.address in of.inputs.values()


def reached(of: Contract, days: Iterable[date]) -> tuple[date, ...]:
    """The dates of the table that rows of its inputs on these days can influence.

    The period of a day itself begins before that day: it is among them only if it has come up, or may have gone.
    """
    touched = {periods.first_day(of.period, day) for day in days}
    if not touched:
        return ()
    others = [contract(address) for address in of.inputs.values() if address != of.address]
    days_of_inputs = {day for one in others for day in _held(one, tables.input_zone(of, one.address))}
    known = {periods.first_day(of.period, day) for day in days_of_inputs}
    standing = _held(of, of.zones[-1])
    later = {first for first in standing | known if first > min(touched)}
    return tuple(sorted(later | touched - (standing & known)))


def parts(dates: Iterable[date], standing: Iterable[date]) -> Iterator[tuple[date | None, tuple[date, ...]]]:
    """The dates by what they are made of: the newest of the `standing` before them that is none of them, or nothing."""
    wanted = sorted(set(dates))
    kept = sorted(set(standing) - set(wanted))

    def base(day: date) -> date | None:
        before = bisect_left(kept, day)
        return kept[before - 1] if before else None

    for found, group in groupby(wanted, base):
        yield found, tuple(group)


def states_near(dates: Iterable[date], standing: Iterable[date]) -> tuple[date, ...]:
    """The dates of the table itself that are read for these dates."""
    return tuple(base for base, _dates in parts(dates, standing) if base)


def days_near(of: Contract, dates: Iterable[date], standing: Iterable[date], days: Iterable[date]) -> tuple[date, ...]:
    """Of the days on which an input has rows, those that are read for these dates.

    No others: a clock that is centuries ahead must not make a day of each between.
    """
    spans = [(base or date.min, group[-1]) for base, group in parts(dates, standing)]
    placed = ((day, periods.first_day(of.period, day)) for day in days)
    return tuple(sorted(day for day, first in placed if any(begin <= first <= last for begin, last in spans)))


def _held(of: Contract, zone: Zone) -> set[date]:
    newest = commits.newest(of, zone)
    return partitions.dates(of, zone, newest.version if newest else None)
