"""How hard workouts were: zones by age, edges included, against beats by exact fractions."""

import random
from fractions import Fraction

import pytest

from lake_layout.contracts import Zone
from spark_jobs.gold.fitness import workout_intensity

DAY = "2025-03-24"
ZONES = tuple(f"seconds_zone_{zone}" for zone in (1, 2, 3, 4, 5))


@pytest.fixture
def intensity(table, users):
    def build(samples, sessions=("run",), known=None):
        session = {
            "event_date": DAY,
            "user_id": "ann",
            "started_at": f"{DAY} 10:00:00",
            "duration_s": 600,
            "paused_s": 60,
        }
        rows = [{**session, "workout_session_id": name} for name in sessions]
        beats = [{"event_date": DAY, "event_id": str(at), **one} for at, one in enumerate(samples)]
        return workout_intensity.transform(
            table("workouts/workout_sessions", Zone.SILVER, rows),
            table("workouts/workout_samples", Zone.SILVER, beats),
            users(*(known or [{"user_id": "ann", "birth_year": 1985}])),
        )

    return build


def beat(bpm: int | None, lasts_ms: int = 60_000, session: str = "run"):
    return {"workout_session_id": session, "heart_rate_bpm": bpm, "lasts_ms": lasts_ms}


def test_a_zone_begins_with_its_first_beat(intensity, values):
    # 40 years: 208 − 28 = 180, so the zones begin at 90, 108, 126, 144 and 162.
    beats = [89, 90, 107, 108, 125, 126, 143, 144, 161, 162, 250, None]
    found = intensity([beat(bpm) for bpm in beats])
    assert values(found, "max_heart_rate_bpm", *ZONES, "load", "moving_s") == [
        (180, 120, 120, 120, 120, 120, "30.00", 540)
    ]


def test_half_a_hundredth_of_load_is_rounded_up(intensity, values):
    found = intensity([beat(100, 300), beat(100, 3_000)])
    assert values(found, "seconds_zone_1", "load") == [(3, "0.06")]
    assert values(intensity([beat(100, 2_500)]), "seconds_zone_1") == [(3,)]


def test_what_is_no_year_of_birth_gives_no_zones_and_stops_nobody(intensity, values):
    for year in (0, 1899, 2026, 473_385_600, -2_147_483_648):
        known = [{"user_id": "ann", "birth_year": year}]
        assert values(intensity([beat(100)], known=known), "max_heart_rate_bpm", "load") == [(None, None)]


def test_without_a_year_of_birth_there_are_no_zones_and_without_samples_they_are_empty(intensity, values):
    unknown = [{"user_id": "ann", "birth_year": None}]
    assert values(intensity([beat(100)], known=unknown), "max_heart_rate_bpm", *ZONES, "load") == [(None,) * 7]
    assert values(intensity([]), *ZONES, "load") == [(0, 0, 0, 0, 0, "0.00")]


def test_the_year_of_birth_is_the_one_known_when_the_workout_began(intensity, values):
    known = [
        {"user_id": "ann", "birth_year": 1975, "valid_to": f"{DAY} 10:00:00"},
        {"user_id": "ann", "birth_year": 1985, "valid_from": f"{DAY} 10:00:00"},
    ]
    assert values(intensity([], known=known), "max_heart_rate_bpm") == [(180,)]


def test_three_thousand_random_workouts_equal_exact_fractions(intensity):
    source, samples = random.Random(7), []
    names = [f"workout {number}" for number in range(3_000)]
    for name in names:
        for _ in range(source.randint(0, 6)):
            samples.append(beat(source.randint(40, 200), source.randint(0, 30_000), name))
    found = intensity(samples, names, [{"user_id": "ann", "birth_year": 1992}])
    seconds = {row["workout_session_id"]: tuple(row[name] for name in ZONES) for row in found.collect()}
    highest, expected = 208 - Fraction(7, 10) * 33, {name: [0] * 5 for name in names}
    for one in samples:
        tenth = one["heart_rate_bpm"] / highest * 10
        if tenth >= 5:
            expected[one["workout_session_id"]][min(int(tenth), 9) - 5] += one["lasts_ms"]
    assert seconds == {name: tuple((ms + 500) // 1000 for ms in spent) for name, spent in expected.items()}
