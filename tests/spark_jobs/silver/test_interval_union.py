"""The union of intervals: what counts at each instant, told by examples and by a slow reference."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from spark_jobs.silver.interval_union import preferred_parts
from tests.spark_jobs.chance import chance

ZERO = datetime(2025, 3, 24, 12, tzinfo=UTC)
SCHEMA = (
    "user_id string, device_id string, priority int, measured_at timestamp, interval_end timestamp, event_id string"
)


def interval(event_id: str, device: str, start: int, end: int, user: str | None = "ann", priority: int | None = None):
    """An interval in minutes after noon; the watch is preferred to the phone, the phone to the band."""
    rank = {"watch": 1, "phone": 2, "band": 3}.get(device) if user else None
    begins, ends = ZERO + timedelta(minutes=start), ZERO + timedelta(minutes=end)
    return (user, device, rank if priority is None else priority, begins, ends, event_id)


@pytest.fixture
def parts(spark):
    """Parts by event, in minutes after noon."""

    def minutes(milliseconds: int) -> int:
        return (milliseconds - int(ZERO.timestamp() * 1000)) // 60_000

    def union(*intervals: tuple) -> dict[str, list[tuple[int, int]]]:
        found = defaultdict(list)
        for row in preferred_parts(spark.createDataFrame(list(intervals), SCHEMA)).collect():
            found[row.event_id].append((minutes(row._from_ms), minutes(row._to_ms)))
        return {event: sorted(kept) for event, kept in found.items()}

    return union


def test_intervals_that_only_touch_stay_whole(parts):
    assert parts(interval("a", "watch", 0, 10), interval("b", "phone", 10, 20)) == {"a": [(0, 10)], "b": [(10, 20)]}


def test_the_preferred_device_wins_where_two_overlap_partly(parts):
    assert parts(interval("a", "phone", 0, 10), interval("b", "watch", 5, 15)) == {"a": [(0, 5)], "b": [(5, 15)]}


def test_a_preferred_interval_inside_another_leaves_both_ends(parts):
    assert parts(interval("a", "phone", 0, 30), interval("b", "watch", 10, 20)) == {
        "a": [(0, 10), (20, 30)],
        "b": [(10, 20)],
    }


def test_an_interval_within_a_preferred_one_vanishes(parts):
    assert parts(interval("a", "phone", 10, 20), interval("b", "watch", 0, 30)) == {"b": [(0, 30)]}


def test_a_preferred_interval_is_not_split_by_what_it_covers(parts):
    covered = [interval(f"p{at}", "phone", at, at + 5) for at in range(0, 30, 5)]
    assert parts(interval("a", "watch", 0, 30), *covered) == {"a": [(0, 30)]}


def test_of_three_devices_the_best_that_runs_counts_at_each_instant(parts):
    assert parts(interval("a", "band", 0, 40), interval("b", "phone", 10, 30), interval("c", "watch", 20, 25)) == {
        "a": [(0, 10), (30, 40)],
        "b": [(10, 20), (25, 30)],
        "c": [(20, 25)],
    }


def test_of_one_devices_overlapping_intervals_the_earlier_counts(parts):
    assert parts(interval("a", "watch", 0, 10), interval("b", "watch", 5, 12), interval("c", "watch", 6, 9)) == {
        "a": [(0, 10)],
        "b": [(10, 12)],
    }


def test_devices_of_equal_priority_are_ranked_by_name(parts):
    assert parts(interval("a", "phone", 0, 10, priority=1), interval("b", "band", 5, 15, priority=1)) == {
        "a": [(0, 5)],
        "b": [(5, 15)],
    }


def test_users_and_devices_of_unknown_owners_do_not_meet(parts):
    assert parts(
        interval("a", "phone", 0, 10, user="ann"),
        interval("b", "watch", 5, 15, user="bob"),
        interval("c", "phone", 0, 10, user=None),
        interval("d", "watch", 5, 15, user=None),
    ) == {"a": [(0, 10)], "b": [(5, 15)], "c": [(0, 10)], "d": [(5, 15)]}


def test_two_thousand_random_cases_equal_a_minute_by_minute_reference(parts):
    rows = []
    source = chance("interval union")
    for case in range(2_000):
        user = None if case % 10 == 0 else f"user {case}"
        for number in range(source.randint(1, 9)):
            start = source.randint(0, 20)
            rank = source.randint(1, 4)
            device = f"device {rank} of {case}"
            end = start + source.randint(1, 12)
            priority = (rank + 1) // 2 if user else None
            rows.append(interval(f"{case}-{number}", device, start, end, user, priority))
    assert parts(*rows) == _reference(rows)


def _reference(rows: list[tuple]) -> dict[str, list[tuple[int, int]]]:
    people = defaultdict(list)
    for row in rows:
        people[row[0] or row[1]].append(row)
    kept = defaultdict(list)
    for intervals in people.values():
        winners = [_winner(intervals, ZERO + timedelta(minutes=minute)) for minute in range(40)]
        minute = 0
        while minute < len(winners):
            begins = minute
            while minute < len(winners) and winners[minute] == winners[begins]:
                minute += 1
            if winners[begins]:
                kept[winners[begins]].append((begins, minute))
    return dict(kept)


def _winner(intervals: list[tuple], instant: datetime) -> str | None:
    running = [row for row in intervals if row[3] <= instant < row[4]]
    return min(((row[2] or 0, *row[1:2], *row[3:]) for row in running), default=(None,))[-1]
