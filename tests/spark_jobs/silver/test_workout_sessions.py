"""Workout sessions: start, end, pauses and samples of a workout."""

import pytest

from lake_layout.contracts import Zone
from spark_jobs.silver.workouts.workout_sessions import transform


@pytest.fixture
def sessions(table, users):
    def build(*events):
        defaults = {"workout_session_id": "run", "user_id": "ann", "occurred_offset_minutes": 60}
        rows = [{**defaults, "event_id": f"e{at}", **event} for at, event in enumerate(events)]
        return transform(table("workouts/workout_data", Zone.BRONZE, rows), users())

    return build


def event(event_type: str, clock: str, **changes):
    return {"event_type": event_type, "occurred_at": f"2025-03-24 {clock}", **changes}


def test_a_workout_belongs_to_the_local_day_of_its_start(sessions, values):
    late = sessions(event("started", "22:50:00", activity_type="running"), event("finished", "23:20:00"))
    assert values(late, "event_date", "started_at", "ended_at", "duration_s", "activity_type", "is_finished") == [
        ("2025-03-24", "2025-03-24 22:50:00", "2025-03-24 23:20:00", 1800, "running", True)
    ]


def test_samples_give_heart_rate_and_the_greatest_distance_and_a_repeated_event_counts_once(sessions, values):
    rows = sessions(
        event("started", "10:00:00", notes="easy"),
        event("sample", "10:01:00", heart_rate_bpm=120, distance_m=100.0),
        event("sample", "10:02:00", heart_rate_bpm=131, distance_m=250.1234),
        event("sample", "10:02:00", heart_rate_bpm=190, event_id="e2"),
        event("lap", "10:03:00", lap=1, heart_rate_bpm=199),
        event("finished", "10:04:00", notes="tired"),
    )
    shown = ("heart_rate_avg_bpm", "heart_rate_max_bpm", "distance_m", "sample_count", "lap_count", "notes")
    assert values(rows, *shown) == [("125.50", 131, "250.123", 2, 1, "tired")]


def test_pauses_last_until_resumed_or_the_end(sessions, values):
    rows = sessions(
        event("started", "10:00:00"),
        event("paused", "10:05:00"),
        event("paused", "10:06:00"),
        event("resumed", "10:07:30"),
        event("resumed", "10:08:00"),
        event("paused", "10:09:00"),
        event("finished", "10:10:00"),
    )
    assert values(rows, "duration_s", "paused_s") == [(600, 210)]


def test_without_start_and_finish_the_first_and_last_event_count(sessions, values):
    rows = sessions(event("sample", "10:01:00"), event("sample", "10:02:00"))
    assert values(rows, "started_at", "ended_at", "is_finished") == [
        ("2025-03-24 10:01:00", "2025-03-24 10:02:00", False)
    ]
