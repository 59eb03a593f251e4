"""The truth of months, on days small enough to work out by hand, and goals that change in the week of the stories.

Of the people of seed 7, user-00005 aims at 9000 steps a day and user-00003 at 25 active minutes, lowered on the 30th;
user-00006 has 30 km a week replaced by 33 km on the 30th, and user-00008 gives a goal up on that day.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from local_stack.simulator.database import rows_at
from local_stack.simulator.truth.known import Known
from local_stack.simulator.truth.months import monthly_goals

SEED, PEOPLE = 7, 24
LAST = date(2025, 3, 31)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(SEED, PEOPLE, [date(2025, 3, day) for day in (29, 30, 31)])


def day(on: date, user: int = 5, **values: Any) -> dict[str, Any]:
    measures = {"steps": None, "distance_m": None, "active_minutes": 0, **values}
    return {"user_id": f"user-{user:05d}", "activity_date": on, **measures}


def row(
    known: Known, goal_id: str, *days: dict[str, Any], workouts: list[dict[str, Any]] | None = None
) -> tuple[Any, ...]:
    """Goal days, measured days, totals and share."""
    rows = monthly_goals(known, list(days), [], workouts or [])
    [found] = [one for one in rows if one["goal_id"] == goal_id]
    names = ("goal_days", "measured_days", "target_total", "achieved_total", "achieved_share")
    return tuple(found[name] for name in names)


def test_a_month_is_what_its_days_come_to(known: Known) -> None:
    days = (day(date(2025, 3, 1), steps=500), day(date(2025, 3, 30)), day(LAST, steps=139_000))
    expected = (31, 2, Decimal("279000.000"), Decimal("139500.000"), Decimal("0.5000"))
    assert row(known, "goal-00005-1", *days) == expected


def test_a_goal_whose_target_was_lowered_counts_each_day_by_its_own(known: Known) -> None:
    # The lower target was read in the night to the 31st.
    assert row(known, "goal-00003-1", day(LAST, 3, steps=9, active_minutes=7))[:3] == (31, 1, Decimal("772.500"))


def test_a_day_without_steps_has_no_active_minutes_to_be_measured(known: Known) -> None:
    found = row(known, "goal-00003-1", day(LAST, 3))
    assert (found[1], found[3]) == (0, None)


def test_a_goal_that_was_replaced_ends_where_its_successor_begins(known: Known) -> None:
    assert row(known, "goal-00006-1", day(LAST, 6))[:3] == (29, 0, Decimal("124285.714"))
    assert row(known, "goal-00006-2", day(LAST, 6, distance_m=Decimal("1.500")))[:4] == (
        2,
        1,
        Decimal("9428.571"),
        Decimal("1.500"),
    )


def test_a_goal_that_was_given_up_counts_until_it_was_missed(known: Known) -> None:
    assert row(known, "goal-00008-1", day(LAST))[0] == 30


def test_nobody_measured_is_null_and_no_workout_is_none(known: Known) -> None:
    assert row(known, "goal-00005-1", day(LAST, 6))[3:] == (None, None)
    workouts = [{"user_id": "user-00004", "event_date": LAST}] * 3
    assert row(known, "goal-00004-1", day(LAST), workouts=workouts)[3:] == (Decimal("3.000"), Decimal("0.2500"))
    assert row(known, "goal-00004-1", day(LAST))[3:] == (Decimal("0.000"), Decimal("0.0000"))


def test_a_month_is_whole_when_half_of_a_mean_day_is_there_on_its_last(known: Known) -> None:
    crowd = [day(date(2025, 3, 30), number) for number in (1, 2, 3, 4)]
    assert list(monthly_goals(known, [*crowd, day(LAST)], [], [])) == []
    assert list(monthly_goals(known, [*crowd[1:], day(LAST)], [], []))


def test_goals_are_replaced_lowered_and_given_up_in_the_week_of_the_stories() -> None:
    before, after = ({row[0]: row for row in rows_at(SEED, PEOPLE, on)["goals"]} for on in (date(2025, 3, 23), LAST))
    assert {goal for goal in before if goal not in after} == {"goal-00008-1"}
    changed = {goal for goal in before if goal in after and before[goal] != after[goal]}
    assert changed == {"goal-00003-1", "goal-00006-1", "goal-00014-1", "goal-00019-1"}
    assert {goal for goal in after if goal.endswith("-2")} == {"goal-00006-2", "goal-00019-2"}
