"""Goals of a month: which days count and by which target, what came of them, and when a month is reported."""

import pytest

from lake_layout.contracts import Zone
from spark_jobs.gold.fitness import monthly_goals

TOTALS = ("goal_days", "measured_days", "target_total", "achieved_total", "achieved_share")
WALK = {
    "goal_id": "walk", "user_id": "ann", "goal_type": "steps", "target_value": "1000", "target_unit": "count",
    "period": "day", "starts_on": "2025-01-01", "valid_from": "1970-01-01", "_batch": 1,
}  # fmt: skip


@pytest.fixture
def month(table, values):
    """month(goals, days, nights, workouts): user, goal, month and totals; Bob is there on the last day of March."""

    def rows(goals, days=(), nights=(), workouts=(), ends="2025-03-31"):
        days = [{"active_minutes": 0, **day} for day in (*days, {"user_id": "bob", "activity_date": ends})]
        found = monthly_goals.transform(
            table("app_db/goals", Zone.SILVER, [{**WALK, **goal} for goal in goals]),
            table("health/daily_activity", Zone.GOLD, days),
            table("health/nightly_sleep", Zone.GOLD, nights),
            table("workouts/workout_sessions", Zone.SILVER, workouts),
        )
        return values(found, "goal_id", *TOTALS)

    return rows


def walked(on: str, steps: int | None, user: str = "ann") -> dict:
    return {"user_id": user, "activity_date": on, "steps": steps}


def night(on: str, in_bed: int, asleep: int) -> dict:
    return {"user_id": "ann", "sleep_date": on, "minutes_in_bed": in_bed, "minutes_asleep": asleep}


def test_a_goal_is_held_against_all_days_of_its_month_measured_or_not(month):
    days = [
        walked("2025-03-01", 500),
        walked("2025-03-02", None),
        walked("2025-03-31", 15_000),
        walked("2025-04-01", 9),
    ]
    assert month([{}], days) == [("walk", 31, 2, "31000.000", "15500.000", "0.5000")]


@pytest.mark.parametrize(
    ("period", "target", "ends", "total"),
    [
        ("day", "1000", "2025-02-28", "28000.000"),
        ("day", "1000", "2024-02-29", "29000.000"),
        ("week", "7000", "2025-02-28", "28000.000"),
        ("week", "1000", "2024-02-29", "4142.857"),
        ("month", "1000", "2025-02-28", "1000.000"),
        ("month", "1000", "2024-02-29", "1000.000"),
        ("week", "7000", "2025-10-31", "31000.000"),  # the day that has 25 hours is one day, as any other
    ],
)
def test_each_day_adds_its_part_of_a_week_and_of_its_own_month(month, period, target, ends, total):
    [(_goal, _days, _measured, aimed, *_)] = month(
        [{"period": period, "target_value": target, "starts_on": "2024-01-01"}], ends=ends
    )
    assert aimed == total


def test_a_goal_that_begins_and_ends_within_the_month_counts_for_its_days_only(month):
    days = [walked(f"2025-03-{day}", 100) for day in ("09", "10", "19", "20")]
    held = {"starts_on": "2025-03-10", "ends_on": "2025-03-19"}
    assert month([held], days) == [("walk", 10, 2, "10000.000", "200.000", "0.0200")]
    assert month([{**held, "period": "month", "target_value": "31"}], days) == [
        ("walk", 10, 2, "10.000", "200.000", "20.0000")
    ]
    assert month([{"starts_on": "2025-04-01"}, {"goal_id": "old", "ends_on": "2025-02-28"}], days) == []


@pytest.mark.parametrize(("at", "total"), [("11 12:00:00", "52000.000"), ("11 12:00:00.000001", "51000.000")])
def test_a_day_counts_by_the_target_that_held_at_its_noon(month, at, total):
    before, after = {"valid_to": f"2025-03-{at}"}, {"valid_from": f"2025-03-{at}", "target_value": "2000"}
    days = [walked("2025-03-10", 1), walked("2025-03-20", 2)]
    [row] = month([before, after], days)
    assert (row[1:5]) == (31, 2, total, "3.000")


def test_a_target_that_becomes_one_of_a_week_counts_as_such_from_then_on(month):
    before = {"valid_to": "2025-03-11", "target_value": "10"}
    assert month([before, {"valid_from": "2025-03-11", "target_value": "1", "period": "week"}]) == [
        ("walk", 31, 0, "103.000", None, None)
    ]


def test_a_deleted_goal_counts_until_then_and_again_when_it_comes_back(month):
    stays = [{"valid_to": "2025-03-11"}, {"valid_from": "2025-03-21"}]
    days = [walked(f"2025-03-{day}", 1) for day in ("10", "11", "20", "21")]
    assert month(stays, days) == [("walk", 21, 2, "21000.000", "2.000", "0.0001")]


def test_where_a_goal_ends_its_newest_word_counts_even_if_it_came_late(month):
    known_late = [{"valid_to": "2025-03-31"}, {"valid_from": "2025-03-31", "ends_on": "2025-03-29"}]
    successor = {"goal_id": "walk more", "starts_on": "2025-03-30", "target_value": "2000"}
    assert [row[:4] for row in month([*known_late, successor])] == [
        ("walk more", 2, 0, "4000.000"),
        ("walk", 29, 0, "29000.000"),
    ]


def test_where_the_kind_of_a_goal_changes_its_month_is_of_the_last_kind(month):
    before = {"valid_to": "2025-03-11"}
    after = {"valid_from": "2025-03-11", "goal_type": "distance", "target_unit": "m", "target_value": "500"}
    days = [
        {**walked("2025-03-10", 7000), "distance_m": "5000.125"},
        {**walked("2025-03-12", 1), "distance_m": "0.125"},
    ]
    assert month([before, after], days) == [("walk", 21, 1, "10500.000", "0.125", "0.0000")]


def test_every_kind_of_goal_has_its_measure(month):
    kinds = (("steps", "count"), ("distance", "m"), ("active_minutes", "min"), ("sleep", "min"), ("workouts", "count"))
    goals = [
        {"goal_id": kind, "goal_type": kind, "target_unit": unit, "target_value": "10", "starts_on": "2025-03-31"}
        for kind, unit in kinds
    ]
    days = [{"user_id": "ann", "activity_date": "2025-03-31", "steps": 1, "distance_m": "2.5", "active_minutes": 3}]
    nights = [night(on, 8, 4) for on in ("2025-03-30", "2025-03-31")]
    workout = {"user_id": "ann", "event_date": "2025-03-31", "_status": "accepted"}
    workouts = [{**workout, "workout_session_id": name} for name in "abcde"]
    found = month(goals, days, nights, [*workouts, {**workout, "user_id": None}])
    assert {row[0]: row[4:] for row in found} == {
        "steps": ("1.000", "0.1000"),
        "distance": ("2.500", "0.2500"),
        "active_minutes": ("3.000", "0.3000"),
        "sleep": ("4.000", "0.4000"),
        "workouts": ("5.000", "0.5000"),
    }


def test_who_was_never_measured_is_told_from_who_did_nothing(month):
    workouts = {"goal_id": "train", "goal_type": "workouts", "period": "month", "target_value": "12"}
    in_miles = {"goal_id": "miles", "goal_type": "distance", "target_unit": "mi"}
    days = [{**walked("2025-03-31", 5), "distance_m": "3"}]
    assert month([{}, workouts, in_miles], days=days) == [
        ("miles", 31, 0, "31000.000", None, None),
        ("train", 31, 0, "12.000", "0.000", "0.0000"),
        ("walk", 31, 1, "31000.000", "5.000", "0.0002"),
    ]


def test_a_date_of_naps_alone_is_no_night_and_without_steps_no_active_minute_was_counted(month):
    sleep = {"goal_id": "sleep", "goal_type": "sleep", "target_unit": "min", "target_value": "480"}
    move = {"goal_id": "move", "goal_type": "active_minutes", "target_unit": "min", "target_value": "30"}
    days = [{**walked("2025-03-30", None), "active_minutes": 0}, {**walked("2025-03-31", 9), "active_minutes": 0}]
    nights = [night("2025-03-29", 0, 0), night("2025-03-30", 60, 0), night("2025-03-31", 500, 480)]
    assert [row[:3] + row[4:5] for row in month([sleep, move], days, nights)] == [
        ("move", 31, 1, "0.000"),
        ("sleep", 31, 2, "480.000"),
    ]
    assert month([sleep, move], days[:1], nights[:1]) == [
        ("move", 31, 0, "930.000", None, None),
        ("sleep", 31, 0, "14880.000", None, None),
    ]


@pytest.mark.parametrize(
    ("goal", "steps", "found"),
    [
        ({"target_value": "0.015", "period": "month"}, 1, ("0.001", "1.000", "2000.0000")),
        ({"target_value": "0.014", "period": "month"}, 1, ("0.000", "1.000", "2142.8571")),
        ({"target_value": "20000"}, 1, ("20000.000", "1.000", "0.0001")),
        ({"target_value": "20001"}, 1, ("20001.000", "1.000", "0.0000")),
    ],
)
def test_totals_and_shares_are_rounded_half_up_each_from_what_is_exact(month, goal, steps, found):
    last = {"starts_on": "2025-06-30", **goal}
    [row] = month([last], [walked("2025-06-30", steps)], ends="2025-06-30")
    assert row[3:] == found


def test_a_month_is_reported_when_its_last_day_has_half_as_many_people_as_its_average_day(month):
    people = [walked(f"2025-03-{day}", 1, user) for day in ("10", "11", "12") for user in ("ann", "bob", "cem")]
    # Bob alone is there on the 31st: less than half of ten by four days, but not of six by three.
    assert month([{}], people) == []
    assert len(month([{}], people[:-4])) == 1
    assert len(month([{}], [*people, walked("2025-03-31", 1)])) == 1


def test_the_rest_of_a_running_month_is_not_reported(month):
    goals, days = [{}], [walked("2025-03-31", 31_000), walked("2025-04-01", 40_000), walked("2025-04-29", 1)]
    assert month(goals, days) == [("walk", 31, 1, "31000.000", "31000.000", "1.0000")]
