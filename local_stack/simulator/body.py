"""What a body does on one date: (person, date) → minute by minute asleep or awake, steps and heart rate, workouts.

A night belongs to the date of waking and may begin on the date before; a life day therefore knows its own night
and the next one. Alone: `body.day(seed, person(seed, 1), date(2025, 3, 24))`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from local_stack.simulator.people import Person
from local_stack.simulator.places import HOUR, MINUTE
from local_stack.simulator.randomness import stream
from local_stack.simulator.travel import LifeDay, life_day

# How likely a walk starts in each local hour, in the same unit for all hours.
WALKS_BY_HOUR = np.array([0, 0, 0, 0, 0, 1, 4, 8, 7, 4, 4, 5, 8, 6, 4, 4, 5, 8, 8, 6, 4, 3, 2, 1], dtype=float)
ACTIVITIES = ("running", "walking", "cycling", "swimming", "strength")
CADENCE = {"running": 162, "walking": 114, "cycling": 0, "swimming": 0, "strength": 12}
EFFORT_BPM = {"running": 78, "walking": 38, "cycling": 66, "swimming": 62, "strength": 48}
DAY_STARTS = (6 * 60 + 30, 12 * 60 + 10, 17 * 60 + 40)


@dataclass(frozen=True)
class Night:
    bed_at: int
    wake_at: int


@dataclass(frozen=True)
class Workout:
    activity: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True)
class Day:
    """`minutes` are the starts (ms) of its minutes; the other arrays go with them."""

    life: LifeDay
    night: Night
    next_night: Night
    nap: Night | None
    workout: Workout | None
    minutes: np.ndarray
    asleep: np.ndarray
    steps: np.ndarray
    bpm: np.ndarray


@lru_cache(maxsize=50_000)
def night(seed: int, who: Person, day: date) -> Night:
    """The night from which the person wakes on `day`."""
    random = stream(seed, "night", who.number, day)
    begins = int(np.clip(random.normal(who.bed_minute, 22), -150, 120))
    weekend = 40 if day.weekday() >= 5 else 0
    lasts = int(np.clip(random.normal(who.sleep_minutes + weekend, 30), 260, 8.5 * 60 - begins))
    bed_at = life_day(seed, who, day).starts_at + begins * MINUTE + int(random.integers(0, 60)) * 1000
    return Night(bed_at, bed_at + lasts * MINUTE)


def _nap(random: np.random.Generator, life: LifeDay) -> Night | None:
    if random.random() > 0.08 or life.morning != life.evening:
        return None
    bed_at = life.starts_at + int(random.integers(13 * 60, 16 * 60)) * MINUTE
    return Night(bed_at, bed_at + int(random.integers(20, 90)) * MINUTE)


def _workout(random: np.random.Generator, who: Person, life: LifeDay, busy: list[Night]) -> Workout | None:
    if random.random() > 0.15 + 0.5 * who.fitness or life.morning != life.evening:
        return None
    activity = ACTIVITIES[int(random.choice(5, p=[0.3, 0.2, 0.2, 0.1, 0.2]))]
    begins = DAY_STARTS[int(random.integers(3))] + int(random.normal(0, 25))
    starts_at = life.starts_at + begins * MINUTE
    ends_at = starts_at + int(random.integers(20, 75)) * MINUTE
    if any(starts_at < rest.wake_at + 15 * MINUTE and rest.bed_at < ends_at for rest in busy):
        return None
    return Workout(activity, starts_at, ends_at)


def _between(minutes: np.ndarray, start: int, end: int) -> np.ndarray:
    return (minutes >= start) & (minutes < end)


def _steps(random: np.random.Generator, who: Person, hours: np.ndarray, asleep: np.ndarray) -> np.ndarray:
    """Steps of each minute, made of walks that start where the day's rhythm wants them."""
    steps = np.zeros(len(hours), dtype=np.int64)
    weight = np.where(asleep, 0, WALKS_BY_HOUR[hours])
    count = int(random.poisson(max(3.0, who.bouts_a_day)))
    starts = random.choice(len(hours), size=count, p=weight / weight.sum())
    lengths = np.minimum(random.geometric(1 / 6, size=count), 30)
    for start, length, pace in zip(
        starts.tolist(), lengths.tolist(), random.normal(96, 18, size=count).tolist(), strict=True
    ):
        steps[start : start + length] = np.clip(
            random.normal(pace, 8, size=len(steps[start : start + length])), 20, 150
        )
    fidgets = random.random(len(hours)) < 0.12
    steps[fidgets & (steps == 0)] = random.integers(3, 18, size=int((fidgets & (steps == 0)).sum()))
    steps[asleep] = 0
    return steps


def _bpm(
    random: np.random.Generator, who: Person, hours: np.ndarray, asleep: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """Heart rate of each minute: rest, waking, movement that fades, and slow drift."""
    fade = np.convolve(steps, np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04]))[: len(steps)]
    drift = np.convolve(random.normal(0, 6, size=len(steps)), np.ones(12) / 12, mode="same")
    rhythm = 3 * np.sin((hours - 9) / 24 * 2 * np.pi)
    level: np.ndarray = who.resting_bpm + np.where(asleep, -3, 13) + 0.34 * fade
    level += drift + rhythm
    return level


@lru_cache(maxsize=8)
def day(seed: int, who: Person, on: date) -> Day:
    """One life day of a person."""
    random = stream(seed, "body", who.number, on)
    life = life_day(seed, who, on)
    this, following = night(seed, who, on), night(seed, who, on + timedelta(days=1))
    nap = _nap(random, life)
    nap = nap if nap and nap.wake_at + 2 * HOUR < following.bed_at else None
    rests = [rest for rest in (this, nap, following) if rest]
    workout = _workout(random, who, life, rests)
    minutes = np.arange(life.starts_at, life.ends_at, MINUTE)
    asleep = np.zeros(len(minutes), dtype=bool)
    for rest in rests:
        asleep |= _between(minutes, rest.bed_at, rest.wake_at)
    hours = (minutes + life.offsets(minutes) * MINUTE) // HOUR % 24
    steps = _steps(random, who, hours, asleep)
    bpm = _bpm(random, who, hours, asleep, steps)
    if workout:
        within = _between(minutes, workout.starts_at, workout.ends_at)
        pace = CADENCE[workout.activity]
        steps[within] = np.clip(random.normal(pace, 5, size=int(within.sum())), 0, 210) if pace else 0
        bpm[within] = who.resting_bpm + EFFORT_BPM[workout.activity] + random.normal(0, 5, size=int(within.sum()))
    return Day(life, this, following, nap, workout, minutes, asleep, steps, np.clip(bpm, 36, 200))
