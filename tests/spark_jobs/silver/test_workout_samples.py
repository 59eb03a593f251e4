"""Samples of workouts: for how long each stands, and the workout's own date."""

import pytest

from lake_layout.contracts import Zone
from spark_jobs.silver.workouts.workout_samples import transform


@pytest.fixture
def samples(table, users):
    def build(*events):
        defaults = {"workout_session_id": "run", "user_id": "ann", "occurred_offset_minutes": 60}
        rows = [{**defaults, "event_id": f"e{at:02}", **event} for at, event in enumerate(events)]
        return transform(table("workouts/workout_data", Zone.BRONZE, rows), users())

    return build


def event(event_type: str, clock: str, **changes):
    return {"event_type": event_type, "occurred_at": f"2025-03-24 {clock}", **changes}


def test_a_sample_stands_to_the_next_one_a_pause_or_the_end(samples, values):
    found = samples(
        event("started", "10:00:00"),
        event("sample", "10:00:01", heart_rate_bpm=100),
        event("lap", "10:00:04"),
        event("sample", "10:00:11.500", heart_rate_bpm=110),
        event("paused", "10:00:15"),
        event("resumed", "10:00:20"),
        event("sample", "10:00:21", heart_rate_bpm=120),
        event("finished", "10:00:26"),
        event("sample", "10:00:26", heart_rate_bpm=130),
    )
    assert values(found, "heart_rate_bpm", "lasts_ms") == [(100, 10_500), (110, 3_500), (120, 5_000), (130, 0)]


def test_a_sample_within_a_pause_stands_for_no_time(samples, values):
    found = samples(
        event("sample", "10:00:01", heart_rate_bpm=100),
        event("paused", "10:00:05"),
        event("sample", "10:00:05", heart_rate_bpm=101),
        event("sample", "10:00:07", heart_rate_bpm=102),
        event("sample", "10:00:12", heart_rate_bpm=103),
        event("resumed", "10:00:15"),
        event("sample", "10:00:15", heart_rate_bpm=104),
        # A pause of no length is over at once, in whatever order it comes.
        event("resumed", "10:00:20"),
        event("paused", "10:00:20"),
        event("sample", "10:00:21", heart_rate_bpm=105),
        event("paused", "10:00:24"),
        event("sample", "10:00:30", heart_rate_bpm=106),
        event("finished", "10:00:40"),
    )
    assert values(found, "heart_rate_bpm", "lasts_ms") == [
        (100, 4_000),
        (101, 0),
        (102, 0),
        (103, 0),
        (104, 5_000),
        (105, 3_000),
        (106, 0),
    ]


def test_a_resumption_of_which_the_pause_was_lost_changes_nothing(samples, values):
    found = samples(
        event("sample", "10:00:00", heart_rate_bpm=100),
        event("resumed", "10:00:10"),
        event("sample", "10:00:20", heart_rate_bpm=110),
        event("finished", "10:00:25"),
    )
    assert values(found, "heart_rate_bpm", "lasts_ms") == [(100, 20_000), (110, 5_000)]


def test_a_sample_before_a_long_silence_stands_for_half_a_minute_and_the_last_of_an_open_workout_for_nothing(
    samples, values
):
    found = samples(
        event("sample", "10:00:00", heart_rate_bpm=1), event("sample", "10:10:00", heart_rate_bpm=2, event_id="x")
    )
    assert values(found, "heart_rate_bpm", "lasts_ms") == [(1, 30_000), (2, 0)]


def test_samples_stand_on_the_date_on_which_the_workout_began(samples, values):
    found = samples(
        event("started", "22:50:00"),
        event("sample", "22:55:00"),
        event("sample", "23:05:00", occurred_offset_minutes=120),
        event("sample", "09:00:00", workout_session_id="other", user_id="bob"),
    )
    assert values(found, "workout_session_id", "user_id", "event_date") == [
        ("other", "bob", "2025-03-24"),
        ("run", "ann", "2025-03-24"),
        ("run", "ann", "2025-03-24"),
    ]


def test_a_sample_that_came_twice_stands_once(samples, values):
    twice = event("sample", "10:00:00", heart_rate_bpm=90, event_id="same")
    found = samples(twice, twice, event("finished", "10:00:05"))
    assert values(found, "event_id", "lasts_ms") == [("same", 5_000)]
