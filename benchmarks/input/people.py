"""Who the events are about: 100,000 users and their devices, as rows of the application's database.

Each user has a phone and a watch, which is preferred. One watch in fifty goes to the next user on the Thursday of the
week, and one phone in a hundred is registered to nobody.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import psycopg

from lake_layout.profile import profile
from local_stack.simulator.database import ready

PEOPLE = 100_000
_BORN = datetime(2024, 1, 1, tzinfo=UTC)
_HANDED_ON = datetime(2025, 3, 27, 12, tzinfo=UTC)
# Zone, and the offset in minutes that its clocks write, whatever the season.
_ZONES = (
    ("Europe/Berlin", 60),
    ("America/New_York", -240),
    ("Asia/Kolkata", 330),
    ("Pacific/Auckland", 780),
    ("Europe/Lisbon", 0),
)


def offsets_of(users: np.ndarray) -> np.ndarray:
    """The offset that each user's clock writes, in minutes east of UTC."""
    found: np.ndarray = np.array([offset for _zone, offset in _ZONES])[users % len(_ZONES)]
    return found


def fill() -> None:
    """Make the database of the application hold these people and no others."""
    ready()
    with psycopg.connect(profile().postgres_dsn(profile().postgres.app_database)) as connection:
        for table, columns, rows in (("users", _USER_COLUMNS, _users()), ("devices", _DEVICE_COLUMNS, _devices())):
            connection.execute(f"TRUNCATE {table}")
            with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


_USER_COLUMNS = "user_id, time_zone, birth_year, sex, height_cm, city, has_consented, created_at"
_DEVICE_COLUMNS = "device_id, user_id, model, device_kind, priority, owned_from, owned_to"


def _users() -> Iterable[tuple[object, ...]]:
    for number in range(1, PEOPLE + 1):
        zone, _offset = _ZONES[number % len(_ZONES)]
        traits = (1950 + number % 55, ("female", "male")[number % 2], 150 + number % 50, zone.split("/")[1], True)
        yield (_user(number), zone, *traits, _BORN)


def _devices() -> Iterable[tuple[object, ...]]:
    for number in range(1, PEOPLE + 1):
        phone, watch = f"d-{number:06d}-1", f"d-{number:06d}-2"
        if number % 100:
            yield (phone, _user(number), "Phone 12", "phone", 2, _BORN, None)
        is_handed_on = number % 50 == 0
        yield (watch, _user(number), "Watch 5", "watch", 1, _BORN, _HANDED_ON if is_handed_on else None)
        if is_handed_on:
            yield (watch, _user(number % PEOPLE + 1), "Watch 5", "watch", 1, _HANDED_ON, None)


def _user(number: int) -> str:
    return f"u-{number:06d}"
