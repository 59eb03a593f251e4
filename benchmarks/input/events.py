"""Seeded events of a platform: (seed, topic, number of a chunk) → columns, the same ones whenever they are asked for.

Of each chunk 70 % are health metrics, 15 % workouts, 7 % the app, 5 % social, 3 % talk with the coach; they come from
100,000 users of whom few are busy (Zipf), over a week in which Europe changes its clocks, or over other days. 0.5 % are
sent twice, 1 % cannot be read or break a rule, 2 % come more than an hour late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.input.people import PEOPLE, offsets_of
from local_stack.simulator.randomness import stream

CHUNK = 100_000
FIRST_DAY = datetime(2025, 3, 24, tzinfo=UTC)
SHARES = {
    "health-metrics": 0.70,
    "workout-data": 0.15,
    "user-events": 0.07,
    "social-events": 0.05,
    "ai-interactions": 0.03,
}
_TWICE, _LATE, _KNOWS_OFFSET = 0.005, 0.02, 0.95
# Nothing is wrong, the end is cut off, there is no id, the kind is not known, the time is none.
_FLAWS = (0.990, 0.003, 0.003, 0.002, 0.002)
_IMPLAUSIBLE = 0.002
_ZIPF = 0.7
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_WORKOUT_EVENTS, _BURST, _TURNS = 30, 8, 6
_METRICS = ("heart_rate", "steps", "energy", "spo2", "weight")
_METRIC_SHARES = (0.55, 0.25, 0.10, 0.05, 0.05)
_WORDS = (
    "run",
    "easy",
    "today",
    "tempo",
    "sleep",
    "rest",
    "pace",
    "heart",
    "rate",
    "steady",
    "longer",
    "hill",
    "water",
)


@dataclass(frozen=True)
class Days:
    """So many days from the `first`, counted from FIRST_DAY; all is sent on day `sent`, if given, at noon."""

    first: int
    count: int
    sent: int | None = None


WEEK = Days(0, 7)


def chunks(count: int) -> Iterator[tuple[int, int]]:
    """Of so many events: number of each chunk, and its size."""
    for number, begin in enumerate(range(0, count, CHUNK)):
        yield number, min(CHUNK, count - begin)


def columns(seed: int, topic: str, number: int, count: int = CHUNK, days: Days = WEEK) -> pa.Table:
    """The events of a topic in one chunk of `count` events, in the order in which they are sent (`nth`)."""
    random = stream(seed, "bench", topic, number)
    whole = max(1, round(count * SHARES[topic]))
    once = whole - round(whole * _TWICE)
    made = {**_common(random, once, days.count), **_OWN[topic](random, once, number, days.count)}
    made["at_ms"] = made["at_ms"] + days.first * _DAY
    if days.sent is not None:
        made["delay"] = days.sent * _DAY + _DAY // 2 - made["at_ms"]
    told = pa.table({**made, "nth": np.arange(once)})
    twice = told.take(pa.array(np.sort(random.integers(0, once, whole - once))))
    return pa.concat_tables([told, twice])


def _common(random: np.random.Generator, count: int, days: int) -> dict[str, Any]:
    """What every event has: ids, user, instants, and what is wrong with it."""
    users = _users(random, count)
    at = random.integers(0, days * _DAY, count)
    return {
        "id_high": random.integers(0, 2**63, count),
        "id_low": random.integers(0, 2**63, count),
        "person": users,
        "at_ms": at,
        "offset_minutes": offsets_of(users),
        "knows_offset": random.random(count) < _KNOWS_OFFSET,
        "delay": np.where(
            random.random(count) < _LATE,
            random.integers(_HOUR + 1000, 72 * _HOUR, count),
            random.integers(1000, _MINUTE, count),
        ),
        "flaw": random.choice(len(_FLAWS), count, p=_FLAWS),
        "build": random.integers(1000, 9999, count),
    }


_RANKS = np.cumsum(np.arange(1, PEOPLE + 1) ** -_ZIPF)


def _users(random: np.random.Generator, count: int) -> np.ndarray:
    """Numbers of users from 1, the first the busiest."""
    found: np.ndarray = np.searchsorted(_RANKS, random.random(count) * _RANKS[-1]) + 1
    return found


def _health(random: np.random.Generator, count: int, _number: int, _days: int) -> dict[str, Any]:
    metric = random.choice(len(_METRICS), count, p=_METRIC_SHARES)
    low, high = np.array([45, 0, 1, 92, 50]), np.array([185, 400, 40, 100, 110])
    value = low[metric] + random.random(count) * (high - low)[metric]
    is_absurd = (random.random(count) < _IMPLAUSIBLE) & (metric < 2)
    return {
        "device": random.integers(1, 3, count),
        "metric": np.array(_METRICS)[metric],
        "unit": np.array(["bpm", "count", "kcal", "%", "kg"])[metric],
        "value": np.where(is_absurd, 40_000, np.where(metric == 1, np.round(value), np.round(value, 1))),
        "lasts": np.where((metric == 1) | (metric == 2), random.integers(2, 6, count) * _MINUTE, 0),
    }


def _grouped(random: np.random.Generator, count: int, days: int, size: int, gap: int) -> dict[str, Any]:
    """Events in groups of one user, up to `gap` ms apart: group, place in it, user and instant."""
    group = np.arange(count) // size
    groups = int(group[-1]) + 1
    users = _users(random, groups)[group]
    begins = random.integers(0, days * _DAY - size * gap, groups)[group]
    nth = np.arange(count) % size
    at = begins + nth * gap - random.integers(0, gap, count)
    return {
        "bunch": group,
        "place": nth,
        "person": users,
        "at_ms": np.maximum(at, 0),
        "offset_minutes": offsets_of(users),
    }


def _workouts(random: np.random.Generator, count: int, number: int, days: int) -> dict[str, Any]:
    grouped = _grouped(random, count, days, _WORKOUT_EVENTS, 20_000)
    nth = grouped["place"]
    # The type of each event by its place.
    kinds = np.array(["sample"] * _WORKOUT_EVENTS, dtype=object)
    kinds[[0, 10, 12, 20, _WORKOUT_EVENTS - 1]] = ["started", "paused", "resumed", "lap", "finished"]
    return {
        **grouped,
        "chunk": np.full(count, number),
        "kind": kinds[nth].astype(str),
        "beats": random.integers(80, 180, count),
        "distance": nth * 55 + random.integers(0, 50, count),
        "latitude": np.round(random.random(count) * 100 - 50, 5),
    }


def _app(random: np.random.Generator, count: int, _number: int, days: int) -> dict[str, Any]:
    kinds = np.array(["app_opened", "screen_viewed", "button_clicked", "goal_set"])
    grouped = _grouped(random, count, days, _BURST, 5 * _MINUTE)
    grouped["kind"] = kinds[np.where(grouped["place"] == 0, 0, random.integers(1, 4, count))]
    return {**grouped, "screen": random.integers(1, 30, count), "platform": random.integers(0, 3, count)}


def _social(random: np.random.Generator, count: int, _number: int, _days: int) -> dict[str, Any]:
    kinds = np.array(["follow", "unfollow", "like", "comment", "message", "share", "join_group", "leave_group"])
    kind = kinds[random.integers(0, len(kinds), count)]
    return {
        "kind": kind,
        "target": _users(random, count),
        "group_number": random.integers(1, 2001, count),
        "content": random.integers(1, 10**6, count),
    }


def _coach(random: np.random.Generator, count: int, number: int, days: int) -> dict[str, Any]:
    grouped = _grouped(random, count, days, _TURNS, _MINUTE)
    sentence = random.integers(0, len(_WORDS), (count, 40))
    return {
        **grouped,
        "chunk": np.full(count, number),
        "intent": np.array(["plan", "injury", "sleep", "smalltalk"])[random.integers(0, 4, count)],
        "text": [" ".join(_WORDS[word] for word in row) for row in sentence.tolist()],
        "tokens": random.integers(5, 200, count),
        "latency": random.integers(200, 4000, count),
        "rating": random.integers(1, 51, count),
    }


_OWN = {
    "health-metrics": _health,
    "workout-data": _workouts,
    "user-events": _app,
    "social-events": _social,
    "ai-interactions": _coach,
}
