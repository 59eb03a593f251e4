"""Truth of months: every goal on every day of a whole month → what was aimed at and what came of it."""

import calendar
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from local_stack.simulator.places import HOUR, utc_midnight
from local_stack.simulator.truth.columns import decimal, half_up
from local_stack.simulator.truth.known import END_OF_TIME, Known, Version

Rows = list[dict[str, Any]]
Amounts = dict[tuple[str, str, date], int | Decimal | None]
"""What came of (kind of goal, user, date)."""


@dataclass
class Month:
    """A goal's days of a month, added up."""

    kind: tuple[str, str] = ("", "")
    aimed: Fraction = Fraction()
    days: int = 0
    amounts: list[Fraction] = field(default_factory=list)


def monthly_goals(known: Known, days: Rows, nights: Rows, workouts: Rows) -> Iterator[dict[str, object]]:
    """Rows of `fitness/monthly_goals`."""
    amounts = _amounts(days, nights, workouts)
    for month in sorted(_whole_months(days)):
        for (goal_id,), versions in sorted(known.versions("goals").items()):
            for user_id, found in _lived(versions, month, amounts).items():
                yield {"month_start_date": month, "user_id": user_id, "goal_id": goal_id, **_row(found)}


def _whole_months(days: Rows) -> set[date]:
    """Those on whose last day there are half as many people as on the mean of their days."""
    people = Counter(day["activity_date"] for day in days)
    whole = set()
    for last, count in people.items():
        if (last + timedelta(days=1)).day == 1:
            of_month = [people[on] for on in people if (on.year, on.month) == (last.year, last.month)]
            if Fraction(sum(of_month), len(of_month)) <= 2 * count:
                whole.add(last.replace(day=1))
    return whole


def _amounts(days: Rows, nights: Rows, workouts: Rows) -> Amounts:
    found: Amounts = {}
    for day in days:
        for kind, name in (("steps", "steps"), ("distance", "distance_m"), ("active_minutes", "active_minutes")):
            is_told = kind != "active_minutes" or day["steps"] is not None
            found[kind, day["user_id"], day["activity_date"]] = day[name] if is_told else None
    for night in nights:
        asleep = night["minutes_asleep"] if night["minutes_in_bed"] else None
        found["sleep", night["user_id"], night["sleep_date"]] = asleep
    trained = Counter((workout["user_id"], workout["event_date"]) for workout in workouts)
    return {**found, **{("workouts", *on): count for on, count in trained.items()}}


def _lived(versions: list[Version], month: date, amounts: Amounts) -> dict[str, Month]:
    """User of the goal → its days of the month."""
    found: dict[str, Month] = {}
    dated = versions[-1].row
    on = month
    while on.month == month.month:
        noon = utc_midnight(on) + 12 * HOUR
        valid = [one for one in versions if one.valid_from <= noon < (one.valid_to or END_OF_TIME)]
        if valid and dated["starts_on"] <= on <= (dated["ends_on"] or date.max):  # type: ignore[operator]
            _count(found, valid[0].row, on, amounts)
        on += timedelta(days=1)
    return found


def _count(into: dict[str, Month], goal: dict[str, Any], on: date, amounts: Amounts) -> None:
    """Add a day; one of another kind than those before begins anew."""
    kind = (goal["goal_type"], goal["target_unit"])
    month = into.setdefault(goal["user_id"], Month(kind))
    if month.kind != kind:
        month = into[goal["user_id"]] = Month(kind)
    lengths = {"day": 1, "week": 7, "month": calendar.monthrange(on.year, on.month)[1]}
    month.aimed += Fraction(goal["target_value"]) / lengths[goal["period"]]
    month.days += 1
    amount = amounts.get((kind[0], goal["user_id"], on))
    if amount is not None:
        month.amounts.append(Fraction(amount))


def _row(of: Month) -> dict[str, object]:
    is_known = of.amounts or of.kind[0] == "workouts"
    achieved = sum(of.amounts, Fraction()) if is_known else None
    return {
        "goal_type": of.kind[0],
        "target_unit": of.kind[1],
        "goal_days": of.days,
        "measured_days": len(of.amounts),
        "target_total": _rounded(of.aimed, 3),
        "achieved_total": None if achieved is None else _rounded(achieved, 3),
        "achieved_share": None if achieved is None else _rounded(achieved / of.aimed, 4),
    }


def _rounded(of: Fraction, scale: int) -> Decimal:
    return decimal(half_up(of.numerator * 10**scale, of.denominator), scale)
