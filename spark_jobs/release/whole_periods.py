"""Weeks and months that wait: days of whole ones have come into gold, and the tables of them have not read these."""

from collections.abc import Iterator
from datetime import date

from lake_layout.contracts import Contract, Zone, in_order
from lake_layout.periods import Period, days_of
from spark_jobs import affected_dates, commits, compute, partitions
from spark_jobs.affected_dates import Pin

DAYS = ("health/daily_activity", "social/interactions")
"""Whose days make a week or a month whole."""


def waiting(period: Period) -> list[str]:
    """First days of the periods, as text, in order."""
    found = {first for of in in_order(Zone.GOLD) if of.period is period for first in _waiting(of)}
    return sorted(first.isoformat() for first in found)


def _waiting(of: Contract) -> Iterator[date]:
    """Periods of a table that what is new in its inputs affects, if anything happened on their last day."""
    pins = compute.input_pins(of, commits.progress(of, Zone.GOLD)).values()
    touched = {first for pin in pins if pin.has_news() for first in _reached(of, pin)}
    known = {day for pin in pins if pin.of.address in DAYS for day in _dates(pin)}
    return (first for first in touched if days_of(of.period, first)[-1] in known)


def _reached(of: Contract, pin: Pin) -> tuple[date, ...]:
    return affected_dates.reached(of, affected_dates.days_of(pin.of, _new_dates(pin)), pin.of)


def _new_dates(pin: Pin) -> set[date]:
    found = commits.since(pin.of, pin.zone, pin.after or 0)
    return _dates(pin) if found is None else {day for commit in found for day in commit.dates}


def _dates(pin: Pin) -> set[date]:
    return partitions.dates(pin.of, pin.zone, pin.version)
