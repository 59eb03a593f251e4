"""Gold of weeks: sums of days, changes from week to week, and the line through eight weeks."""

import random
from datetime import date, timedelta
from fractions import Fraction

from lake_layout.contracts import Zone
from spark_jobs.gold.fitness import performance_trends, weekly_progress

MONDAY = date(2025, 3, 24)
SUMS = ("active_days", "steps", "distance_m", "total_kcal", "active_minutes", "workout_count", "workout_minutes")
CHANGES = ("steps_change", "distance_change_m", "active_minutes_change", "workout_count_change")


def day(number: int, user: str = "ann", **values):
    return {"user_id": user, "activity_date": str(MONDAY + timedelta(days=number)), "active_minutes": 0, **values}


def workout(number: int, user: str | None = "ann", duration_s: int = 60, paused_s: int | None = 0):
    on = str(MONDAY + timedelta(days=number))
    return {"event_date": on, "user_id": user, "duration_s": duration_s, "paused_s": paused_s, "_status": "accepted"}


def progress(table, days, workouts=()):
    return weekly_progress.transform(
        table("health/daily_activity", Zone.GOLD, days), table("workouts/workout_sessions", Zone.SILVER, workouts)
    )


def test_a_week_is_the_sum_of_its_days_and_what_was_not_measured_is_null(table, values):
    days = [
        day(0, steps=1000, distance_m="700.125", active_minutes=10),
        day(6, steps=234, active_minutes=5),
        day(7, steps=9),
    ]
    workouts = [
        workout(0, duration_s=3600, paused_s=90),
        workout(6, duration_s=1, paused_s=None),
        workout(1, user=None),
    ]
    found = progress(table, days, workouts)
    assert values(found, "user_id", "week_start_date", *SUMS) == [
        ("ann", "2025-03-24", 2, 1234, "700.125", None, 15, 2, 59)
    ]


def test_a_week_is_reported_when_its_sunday_has_half_the_people_of_its_average_day(table, values):
    one_a_day = [day(0), day(1, "bob"), day(6, "cem")]
    early = [*(day(7, user) for user in ("ann", "bob", "cem", "dan")), day(13)]
    without_sunday = [day(14), day(19)]
    found = progress(table, [*one_a_day, *early, *without_sunday], [workout(15, "eve")])
    assert values(found, "week_start_date", "user_id") == [
        ("2025-03-24", "ann"),
        ("2025-03-24", "bob"),
        ("2025-03-24", "cem"),
    ]
    found = progress(table, [*early, day(13, "bob")])
    assert {week for (week,) in values(found, "week_start_date")} == {"2025-03-31"}


def test_a_change_is_against_the_week_before_where_both_are_known(table, values):
    days = [
        day(6, steps=100, active_minutes=3),
        day(13, steps=70, distance_m="5.000", active_minutes=4),
        day(27, steps=7, distance_m="6.000"),
    ]
    found = progress(table, days, [workout(13)])
    assert values(found, "week_start_date", *CHANGES) == [
        ("2025-03-24", None, None, None, None),
        ("2025-03-31", -30, None, 1, 1),
        ("2025-04-14", None, None, None, None),
    ]


def test_only_a_workout_makes_a_week_without_active_days(table, values):
    found = progress(table, [day(6, "bob", steps=1)], [workout(3)])
    assert values(found.where("user_id = 'ann'"), *SUMS) == [(0, None, None, None, 0, 1, 1)]


def week(number: int, user: str = "ann", **values):
    on = str(MONDAY + timedelta(days=7 * number))
    return {"user_id": user, "week_start_date": on, "active_minutes": 0, "workout_minutes": 0, **values}


def trends(table, weeks):
    return performance_trends.transform(table("fitness/weekly_progress", Zone.GOLD, weeks))


def test_a_slope_needs_three_weeks_and_a_missing_week_keeps_its_place(table, values):
    weeks = [week(0, steps=100), week(1, steps=None), week(2, steps=300), week(4, steps=900)]
    found = trends(table, weeks).where("metric = 'steps'")
    assert values(found, "week_start_date", "metric_value", "week_count", "slope_per_week") == [
        ("2025-03-24", "100.000", 1, None),
        ("2025-04-07", "300.000", 2, None),
        ("2025-04-21", "900.000", 3, "200.000"),
    ]


def test_a_line_ends_after_eight_weeks(table, values):
    weeks = [week(0, distance_m="1000000.000"), *(week(number, distance_m="10.000") for number in range(1, 9))]
    found = trends(table, weeks).where("metric = 'distance_m' and week_start_date = DATE'2025-05-19'")
    assert values(found, "week_count", "slope_per_week") == [(8, "0.000")]


def test_four_hundred_random_people_equal_a_line_by_exact_fractions(table):
    source, weeks = random.Random(7), []
    for person in range(400):
        for number in sorted(source.sample(range(14), source.randint(1, 12))):
            weeks.append(week(number, f"user {person}", steps=source.choice((0, 1, 3, source.randrange(10**6)))))
    found = trends(table, weeks).where("metric = 'steps'").collect()
    slopes = {(row["user_id"], str(row["week_start_date"])): row["slope_per_week"] for row in found}
    steps = {(row["user_id"], row["week_start_date"]): row["steps"] for row in weeks}
    assert len(slopes) == len(weeks)
    for (user, monday), slope in slopes.items():
        ends = date.fromisoformat(monday)
        points = [(8 - back, steps.get((user, str(ends - timedelta(days=7 * back))))) for back in range(8)]
        known = [(x, Fraction(y)) for x, y in points if y is not None]
        assert slope == _nearest_thousandth(_slope(known)) if len(known) >= 3 else slope is None


def _slope(points: list[tuple[int, Fraction]]) -> Fraction:
    """The mean of the slopes between all pairs of points, each weighted by the square of its width."""
    pairs = [(b[0] - a[0], b[1] - a[1]) for at, a in enumerate(points) for b in points[at + 1 :]]
    return sum((dx * dy for dx, dy in pairs), Fraction()) / sum(dx * dx for dx, _dy in pairs)


def _nearest_thousandth(of: Fraction) -> Fraction:
    whole = (abs(of) * 1000 + Fraction(1, 2)).__floor__()
    return Fraction(whole if of >= 0 else -whole, 1000)
