"""The spans of time by which computed tables are replaced, each named by its first day: days, ISO weeks, months."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def first_day(period: Period, day: date) -> date:
    """The first day of the period that holds a day; a week begins on Monday (ISO 8601)."""
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day


def shifted(period: Period, first: date, count: int) -> date:
    """The first day of the period so many periods later, or earlier."""
    if period is Period.MONTH:
        months = first.year * 12 + first.month - 1 + count
        return date(months // 12, months % 12 + 1, 1)
    return first + timedelta(days=count * (7 if period is Period.WEEK else 1))


def days_of(period: Period, first: date) -> tuple[date, ...]:
    """All days of a period."""
    end = shifted(period, first, 1)
    return tuple(first + timedelta(days=number) for number in range((end - first).days))


def widened(period: Period, days: Iterable[date], before: int, after: int) -> tuple[date, ...]:
    """The periods that hold the days, with so many periods before and after each, in order."""
    firsts = {first_day(period, day) for day in days}
    return tuple(sorted({shifted(period, first, count) for first in firsts for count in range(-before, after + 1)}))
