"""Truth of weeks: days and workouts of each user → sums by ISO week, and the line through eight of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import mean
from typing import Any

from local_stack.simulator.truth.columns import decimal, half_up

Rows = list[dict[str, Any]]
METRICS = ("steps", "distance_m", "active_minutes", "workout_minutes")
WEEKS, FEWEST = 8, 3


def _monday(day: date) -> date:
    year, week, _weekday = day.isocalendar()
    return date.fromisocalendar(year, week, 1)


def _sum(rows: Rows, name: str) -> Any:
    """Null where no row has a value."""
    values = [row[name] for row in rows if row[name] is not None]
    return sum(values) if values else None


def weekly_progress(days: Rows, workouts: Rows) -> Rows:
    """Rows of `fitness/weekly_progress`."""
    found: dict[tuple[str, date], tuple[Rows, Rows]] = {}
    for day in days:
        found.setdefault((day["user_id"], _monday(day["activity_date"])), ([], []))[0].append(day)
    for workout in workouts:
        found.setdefault((workout["user_id"], _monday(workout["event_date"])), ([], []))[1].append(workout)
    people = Counter(day["activity_date"] for day in days)
    of_week: dict[date, dict[int, int]] = {}
    for date_, count in people.items():
        of_week.setdefault(_monday(date_), {})[date_.isoweekday()] = count
    whole = {monday for monday, counts in of_week.items() if counts.get(7, 0) >= mean(counts.values()) / 2}
    weeks = {key: _week(*key, *parts) for key, parts in sorted(found.items()) if key[1] in whole}
    return [{**week, **_changes(week, weeks.get((user, monday - timedelta(days=7))))}
            for (user, monday), week in weeks.items()]  # fmt: skip


def _week(user_id: str, monday: date, days: Rows, workouts: Rows) -> dict[str, Any]:
    return {
        "week_start_date": monday,
        "user_id": user_id,
        "active_days": len(days),
        **{name: _sum(days, name) for name in ("steps", "distance_m", "active_kcal", "total_kcal")},
        "active_minutes": _sum(days, "active_minutes") or 0,
        "workout_count": len(workouts),
        "workout_minutes": half_up(sum(one["duration_s"] - one["paused_s"] for one in workouts), 60),
    }


def _changes(week: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    names = {
        "steps": "steps_change",
        "distance_m": "distance_change_m",
        "active_minutes": "active_minutes_change",
        "workout_count": "workout_count_change",
    }
    is_known = {name: before and None not in (week[name], before[name]) for name in names}
    return {new: week[name] - before[name] if before and is_known[name] else None for name, new in names.items()}


def performance_trends(weeks: Rows) -> Iterator[dict[str, Any]]:
    """Rows of `fitness/performance_trends`."""
    values = {
        (week["user_id"], metric, week["week_start_date"]): Fraction(week[metric])
        for week in weeks
        for metric in METRICS
        if week[metric] is not None
    }
    for (user_id, metric, monday), value in sorted(values.items()):
        ends = [monday - timedelta(days=7 * back) for back in range(WEEKS)]
        line = [(-back, values[user_id, metric, on]) for back, on in enumerate(ends) if (user_id, metric, on) in values]
        yield {
            "week_start_date": monday,
            "user_id": user_id,
            "metric": metric,
            "metric_value": _rounded(value),
            "week_count": len(line),
            "slope_per_week": _rounded(_slope(line)) if len(line) >= FEWEST else None,
        }


def _slope(points: list[tuple[int, Fraction]]) -> Fraction:
    """Least squares, by distances from the means."""
    mean_x = Fraction(sum(x for x, _y in points), len(points))
    mean_y = sum((y for _x, y in points), Fraction()) / len(points)
    return sum(((x - mean_x) * (y - mean_y) for x, y in points), Fraction()) / sum(
        (x - mean_x) ** 2 for x, _y in points
    )


def _rounded(of: Fraction) -> Decimal:
    """To the nearest thousandth, half away from zero."""
    thousandths = half_up(1000 * abs(of.numerator), of.denominator)
    return decimal(thousandths if of >= 0 else -thousandths, 3)
