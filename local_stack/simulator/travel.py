"""Where a person is: (person, date) → the span of their day and the places on it.

A life day runs from local midnight to the next local midnight, each in the zone where the person then
is, so life days of one person follow each other without gap or overlap, whatever the journeys. Journeys
stay within 9 hours of offset and leave between 9:00 and 11:30, so the shortest life day still holds them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from local_stack.simulator.people import Person
from local_stack.simulator.places import HOUR, MINUTE, PLACES, Place, midnight, offset_minutes
from local_stack.simulator.randomness import stream


@dataclass(frozen=True)
class Journey:
    destination: Place
    leaves_on: date
    returns_on: date


@dataclass(frozen=True)
class LifeDay:
    """`moves_at` is when the clock on the wrist changes from `morning`'s to `evening`'s zone."""

    date: date
    starts_at: int
    ends_at: int
    morning: Place
    evening: Place
    moves_at: int

    def offsets(self, instants: np.ndarray) -> np.ndarray:
        """UTC offset in minutes, on the wrist, at each instant (ms)."""
        hours, where = np.unique(instants // (HOUR // 4), return_inverse=True)
        places = (self.morning if hour * (HOUR // 4) < self.moves_at else self.evening for hour in hours.tolist())
        known = [offset_minutes(p.time_zone, h * (HOUR // 4)) for p, h in zip(places, hours.tolist(), strict=True)]
        return np.array(known, dtype=np.int64)[where]


def _hours_apart(one: Place, other: Place, day: date) -> float:
    return (
        abs(offset_minutes(one.time_zone, midnight("UTC", day)) - offset_minutes(other.time_zone, midnight("UTC", day)))
        / 60
    )


@lru_cache(maxsize=50_000)
def journey(seed: int, who: Person, monday: date) -> Journey | None:
    """The journey of a person in the week of `monday`, if they go on one: from Tuesday on, back by Saturday.

    So the application knows the zone of a whole week's first and last date, even of those who send no offset.
    """
    random = stream(seed, "journey", who.number, monday)
    if random.random() > 0.12 and who.number % 16 != 6:
        return None
    near = [p for p in PLACES if p.time_zone != who.home.time_zone and _hours_apart(p, who.home, monday) <= 9]
    leaves = int(random.integers(1, 4))
    returns = int(random.integers(leaves + 1, 6))
    there = near[int(random.integers(len(near)))]
    return Journey(there, monday + timedelta(days=leaves), monday + timedelta(days=returns))


def sleeps_in(seed: int, who: Person, day: date) -> Place:
    """Where the person goes to bed at the end of a date."""
    trip = journey(seed, who, day - timedelta(days=day.weekday()))
    return trip.destination if trip and trip.leaves_on <= day < trip.returns_on else who.home


@lru_cache(maxsize=50_000)
def life_day(seed: int, who: Person, day: date) -> LifeDay:
    """The span and the places of a person's date."""
    morning = sleeps_in(seed, who, day - timedelta(days=1))
    evening = sleeps_in(seed, who, day)
    starts_at = midnight(morning.time_zone, day)
    ends_at = midnight(evening.time_zone, day + timedelta(days=1))
    departure = starts_at + 9 * HOUR + int(stream(seed, "departure", who.number, day).integers(0, 11)) * 15 * MINUTE
    return LifeDay(day, starts_at, ends_at, morning, evening, departure if morning != evening else ends_at)
