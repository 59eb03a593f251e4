"""Who the people are: (seed, number) → the traits of one person, the same on every day."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from local_stack.simulator.places import DAY, HOUR, PLACES, Place, utc_midnight
from local_stack.simulator.randomness import stream

FIRST_SIGN_UP = date(2023, 1, 9)
STORY_MONDAY = date(2025, 3, 24)  # in this week some sign up and some leave, so that the demo shows both


@dataclass(frozen=True)
class Person:
    number: int
    user_id: str
    home: Place
    birth_year: int
    sex: str
    height_cm: float
    weight_kg: float
    has_consented: bool
    platform: str
    signed_up_at: int
    left_on: date | None
    bed_minute: int  # usual bedtime, minutes from midnight
    sleep_minutes: int
    resting_bpm: int
    fitness: float
    bouts_a_day: float
    updates_time_zone: bool
    writes_miles: bool

    def lives_on(self, day: date) -> bool:
        """Whether the person uses the platform on that date."""
        return self.signed_up_at < utc_midnight(day) and (self.left_on is None or day < self.left_on)


def _signed_up_at(number: int, seed: int) -> int:
    random = stream(seed, "signed_up", number)
    days = (STORY_MONDAY - timedelta(days=14) - FIRST_SIGN_UP).days
    if number % 23 == 9:
        return (
            utc_midnight(STORY_MONDAY + timedelta(days=int(random.integers(0, 4)))) + int(random.integers(7, 20)) * HOUR
        )
    return (
        utc_midnight(FIRST_SIGN_UP) + int(random.integers(0, days)) * DAY + int(random.integers(0, DAY // 1000)) * 1000
    )


@lru_cache(maxsize=20_000)
def person(seed: int, number: int) -> Person:
    """The person of a number, from 1."""
    random = stream(seed, "person", number)
    home = PLACES[(number - 1) % len(PLACES)]
    sex = ("female", "male", "other")[int(random.choice(3, p=[0.49, 0.49, 0.02]))]
    fitness = float(random.beta(2, 2))
    height = float(round(random.normal(176 if sex == "male" else 165, 7), 1))
    leaves = STORY_MONDAY + timedelta(days=int(random.integers(3, 6))) if number % 67 == 40 else None
    return Person(
        number=number,
        user_id=f"user-{number:05d}",
        home=home,
        birth_year=int(random.integers(1950, 2006)),
        sex=sex,
        height_cm=height,
        weight_kg=round(float(random.normal(23.5, 3)) * (height / 100) ** 2, 1),
        has_consented=bool(random.random() < 0.95),
        platform="ios" if random.random() < 0.5 else "android",
        signed_up_at=_signed_up_at(number, seed),
        left_on=leaves,
        bed_minute=int(random.normal(-50, 45)),
        sleep_minutes=int(random.normal(450, 25)),
        resting_bpm=int(74 - 22 * fitness + random.normal(0, 3)),
        fitness=fitness,
        bouts_a_day=float(random.normal(14, 4)),
        updates_time_zone=bool(random.random() < 0.7),
        writes_miles=home.city in ("New York", "Los Angeles", "Seattle", "Chicago", "London"),
    )
