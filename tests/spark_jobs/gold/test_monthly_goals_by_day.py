"""Random goals over random months equal a sum by day in exact fractions: February, leap days, months with long days."""

import calendar
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from lake_layout.contracts import Zone
from spark_jobs.gold.fitness import monthly_goals

Row = dict[str, Any]
# Two Februaries, months in which clocks change, the turn of a year; the last one ends without anybody.
MONTHS = [date(2023, 2, 1), date(2024, 2, 1), date(2024, 12, 1), date(2025, 1, 1), date(2025, 3, 1), date(2025, 10, 1)]
RUNNING = date(2025, 11, 1)
KINDS = (("steps", "count"), ("distance", "m"), ("active_minutes", "min"), ("sleep", "min"), ("workouts", "count"))
ODD_KINDS = (("steps", "m"), ("floors", "count"), ("workouts", "min"))
COLUMNS = {"steps": "steps", "distance": "distance_m", "active_minutes": "active_minutes"}
USERS = [f"user {number}" for number in range(12)]
GOALS = 250


def _days(month: date) -> list[date]:
    return [month.replace(day=day + 1) for day in range(calendar.monthrange(month.year, month.month)[1])]


def _history(chance: random.Random, number: int) -> Iterator[Row]:
    """Versions of one goal: it changes, is deleted and comes back around the months, before and after a noon."""
    month = chance.choice([*MONTHS, RUNNING])
    instants = sorted({_instant(chance, month) for _ in range(chance.choice((0, 0, 1, 2, 4)))})
    bounds = [datetime(1970, 1, 1), *instants, None]
    kind = chance.choice((*KINDS, *KINDS, *ODD_KINDS))
    starts_on = month + timedelta(days=chance.randint(-70, 20))
    for begins, ends in zip(bounds, bounds[1:], strict=False):
        if len(bounds) > 2 and chance.random() < 0.2:
            continue
        kind = kind if chance.random() < 0.9 else chance.choice(KINDS)
        ends_on = chance.choice((None, None, starts_on + timedelta(days=chance.randint(0, 100))))
        yield {
            "goal_id": f"goal {number}",
            "user_id": USERS[number % len(USERS)],
            "goal_type": kind[0],
            "target_unit": kind[1],
            "target_value": f"{chance.choice((1, 7, 999, chance.randint(1, 10**7))) / 1000:.3f}",
            "period": chance.choice(("day", "week", "month")),
            "starts_on": starts_on if chance.random() < 0.9 else starts_on + timedelta(days=3),
            "ends_on": ends_on,
            "valid_from": begins,
            "valid_to": ends,
            "_batch": 1,
        }


def _instant(chance: random.Random, month: date) -> datetime:
    on = datetime(month.year, month.month, 1) + timedelta(days=chance.randint(-3, 33))
    return on + chance.choice(
        (timedelta(0), timedelta(hours=12), timedelta(hours=12, microseconds=chance.choice((-1, 1))))
    )


def _lives(chance: random.Random) -> tuple[list[Row], list[Row], list[Row]]:
    """Days, nights and workouts of the users; everybody is there on the last day of a month that is whole."""
    days, nights, workouts = [], [], []
    for month in [*MONTHS, RUNNING]:
        for on in _days(month):
            is_last = on == _days(month)[-1]
            for user in USERS[:-1]:
                if chance.random() < 0.6 if not is_last else month != RUNNING:
                    steps, metres = chance.choice((None, 0, chance.randint(1, 30_000))), chance.randint(0, 10**7) / 1000
                    days.append({"user_id": user, "activity_date": on, "steps": steps, "active_minutes": steps or 0,
                                 "distance_m": f"{metres:.3f}" if steps else None})  # fmt: skip
                if chance.random() < 0.5:
                    in_bed = chance.choice((0, chance.randint(1, 700)))
                    asleep = chance.randint(0, in_bed)
                    nights.append(
                        {"user_id": user, "sleep_date": on, "minutes_in_bed": in_bed, "minutes_asleep": asleep}
                    )
                for _ in range(chance.choice((0, 0, 0, 1, 2))):
                    workouts.append({"user_id": user, "event_date": on, "_status": "accepted"})
    return days, nights, workouts


def _by_day(versions: list[Row], month: date, days: list[Row], nights: list[Row], workouts: list[Row]) -> Row | None:
    """What the month of a goal must be."""
    newest = versions[-1]
    lived = []
    for on in _days(month):
        noon = datetime(on.year, on.month, on.day, 12)
        valid = [one for one in versions if one["valid_from"] <= noon and (one["valid_to"] or datetime.max) > noon]
        if valid and newest["starts_on"] <= on and (newest["ends_on"] or date.max) >= on:
            lived.append((on, valid[0]))
    if not lived:
        return None
    kind = (lived[-1][1]["goal_type"], lived[-1][1]["target_unit"])
    lived = [(on, one) for on, one in lived if (one["goal_type"], one["target_unit"]) == kind]
    parts = {"day": 1, "week": 7, "month": len(_days(month))}
    aimed = sum(Fraction(one["target_value"]) / parts[one["period"]] for _on, one in lived)
    found = [_amount(kind, newest["user_id"], on, days, nights, workouts) for on, _one in lived]
    known = [amount for amount in found if amount is not None]
    achieved = sum(known, Fraction()) if known or kind == ("workouts", "count") else None
    return {
        "goal_type": kind[0],
        "target_unit": kind[1],
        "goal_days": len(lived),
        "measured_days": len(known),
        "target_total": _half_up(aimed, 1000),
        "achieved_total": None if achieved is None else _half_up(achieved, 1000),
        "achieved_share": None if achieved is None else _half_up(achieved / aimed, 10_000),
    }


def _amount(kind, user: str, on: date, days: list[Row], nights: list[Row], workouts: list[Row]) -> Fraction | None:
    if kind == ("sleep", "min"):
        own = [night for night in nights if (night["user_id"], night["sleep_date"]) == (user, on)]
        found = [night["minutes_asleep"] for night in own if night["minutes_in_bed"]]
    elif kind == ("workouts", "count"):
        count = sum((one["user_id"], one["event_date"]) == (user, on) for one in workouts)
        found = [count] if count else []
    elif kind in KINDS:
        own = [day for day in days if (day["user_id"], day["activity_date"]) == (user, on)]
        is_of_steps = kind == ("active_minutes", "min")
        found = [day[COLUMNS[kind[0]]] for day in own if not is_of_steps or day["steps"] is not None]
    else:
        found = []
    return next((Fraction(value) for value in found if value is not None), None)


def _half_up(of: Fraction, parts: int) -> Fraction:
    return Fraction((of * parts + Fraction(1, 2)).__floor__(), parts)


def test_goals_of_random_months_equal_the_sum_of_their_days(table):
    chance = random.Random(11)
    histories = [list(_history(chance, number)) for number in range(GOALS)]
    days, nights, workouts = _lives(chance)
    rows = monthly_goals.transform(
        table("app_db/goals", Zone.SILVER, [version for versions in histories for version in versions]),
        table("health/daily_activity", Zone.GOLD, days),
        table("health/nightly_sleep", Zone.GOLD, nights),
        table("workouts/workout_sessions", Zone.SILVER, workouts),
    ).collect()
    found = {(row["goal_id"], row["month_start_date"]): row.asDict() for row in rows}
    assert len(found) == len(rows)
    expected = {}
    for versions in filter(None, histories):
        for month in MONTHS:
            in_month = ([one for one in of if _month(one) == month and one["user_id"] == versions[0]["user_id"]]
                        for of in (days, nights, workouts))  # fmt: skip
            if told := _by_day(versions, month, *in_month):
                expected[versions[0]["goal_id"], month] = told
    assert found.keys() == expected.keys() and len(found) > GOALS
    unlike = {
        key: (told, found[key]) for key, told in expected.items() if not told.items() <= _exact(found[key]).items()
    }
    assert unlike == {}


def _month(row: Row) -> date:
    return next(row[name] for name in ("activity_date", "sleep_date", "event_date") if name in row).replace(day=1)


def _exact(row: Row) -> Row:
    decimals = ("target_total", "achieved_total", "achieved_share")
    return {**row, **{name: None if row[name] is None else Fraction(row[name]) for name in decimals}}
