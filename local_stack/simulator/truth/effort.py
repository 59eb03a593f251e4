"""Truth of how hard workouts were: samples, each for the time for which it stands → zones of the heart and load."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from local_stack.simulator.facts import read_facts
from local_stack.simulator.truth.columns import decimal, half_up
from local_stack.simulator.truth.known import Known

ZONES = (1, 2, 3, 4, 5)
LONGEST = 30_000


def workout_intensity(known: Known, facts: Path, sessions: list[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """Rows of `fitness/workout_intensity`."""
    found = read_facts(facts, "workouts")
    recorded = {row["session_id"]: row for row in found.to_pylist()} if found else {}
    kept = ("event_date", "user_id", "workout_session_id", "activity_type", "started_at", "duration_s", "distance_m")
    for session in sessions:
        row = recorded[session["workout_session_id"]]
        person = known.user(session["user_id"], session["started_at"])
        highest = Fraction(2080 - 7 * (session["event_date"].year - person["birth_year"]), 10) if person else None
        spent = _spent(row, highest) if highest else None
        yield {
            **{name: session[name] for name in kept},
            "moving_s": session["duration_s"] - session["paused_s"],
            "heart_rate_avg_bpm": session["heart_rate_avg_bpm"],
            "max_heart_rate_bpm": half_up(highest.numerator, highest.denominator) if highest else None,
            **{f"seconds_zone_{zone}": half_up(spent[zone], 1000) if spent else None for zone in ZONES},
            "load": decimal(half_up(sum(zone * spent[zone] for zone in ZONES), 600), 2) if spent else None,
        }


def _spent(row: dict[str, Any], highest: Fraction) -> dict[int, int]:
    """Zone → milliseconds there."""
    ends = [*row["times"][1:], row["ended_at"]]
    spent = dict.fromkeys(ZONES, 0)
    for at, end, bpm in zip(row["times"], ends, row["bpm"], strict=True):
        if row["paused_ms"] and at <= row["paused_at"]:
            end = min(end, row["paused_at"])
        share = bpm / highest
        zone = next((zone for zone in reversed(ZONES) if share >= Fraction(40 + 10 * zone, 100)), None)
        if zone:
            spent[zone] += min(end - at, LONGEST)
    return spent
