"""Weeks that wait: days of weeks that are whole have come into gold, and the tables of weeks have not read them."""

from collections.abc import Iterator
from datetime import date

from lake_layout.contracts import Contract, Zone, in_order
from lake_layout.periods import Period, days_of
from spark_jobs import affected_dates, commits, compute
from spark_jobs.affected_dates import Pin
from spark_jobs.publish import delta

DAYS = ("health/daily_activity", "social/interactions")
"""Whose days make a week whole."""


def waiting() -> list[str]:
    """Mondays, as text, in order."""
    weekly = [of for of in in_order(Zone.GOLD) if of.period is Period.WEEK]
    weeks = {week for of in weekly for week in _waiting(of)}
    return sorted(week.isoformat() for week in weeks)


def _waiting(of: Contract) -> Iterator[date]:
    """Weeks of a table that what is new in its inputs affects, if anything happened on their last day."""
    pins = compute.input_pins(of, commits.progress(of, Zone.GOLD)).values()
    new = {day for pin in pins if pin.has_news() for day in affected_dates.days_of(pin.of, _new_dates(pin))}
    known = {day for pin in pins if pin.of.address in DAYS for day in _dates(pin)}
    return (week for week in affected_dates.reached(of, new) if days_of(Period.WEEK, week)[-1] in known)


def _new_dates(pin: Pin) -> set[date]:
    found = commits.since(pin.of, pin.zone, pin.after or 0)
    return _dates(pin) if found is None else {day for commit in found for day in commit.dates}


def _dates(pin: Pin) -> set[date]:
    table = delta.open_table(pin.of, pin.zone, pin.version) if pin.version is not None else None
    return {file.date for file in delta.files(table, pin.of, pin.zone) if file.date} if table else set()
