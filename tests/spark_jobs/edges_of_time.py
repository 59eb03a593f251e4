"""Where clocks are awkward: midnights and changes of clocks in zones of all kinds, as Python's own zone data has them.

Half and quarter hours, both sides of the date line, changes by half an hour, at midnight, and over a whole date.
"""

import random
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Auckland", "Pacific/Apia",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Honolulu", "America/Sao_Paulo", "America/Havana",
    "Atlantic/Azores", "Asia/Beirut",
)  # fmt: skip
# First day and how many: two years, and the two weeks in which Samoa left out a date.
SPANS = ((date(2011, 12, 24), 14), (date(2018, 1, 1), 365), (date(2025, 1, 1), 365))
SECOND, MINUTE = 1000, 60_000
QUARTER = 15 * MINUTE
DAY = 24 * 60 * MINUTE
EPOCH = date(1970, 1, 1)
# Steps away from an edge, in ms: on it, just beside it, within its hour.
STEPS = (0, 0, -1, 1, -SECOND, SECOND, -MINUTE, MINUTE, -30 * MINUTE, 30 * MINUTE)


@lru_cache(maxsize=1_000_000)
def _offset(zone: str, quarter: int) -> int:
    at = datetime.fromtimestamp(quarter * 900, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert at is not None
    return int(at.total_seconds()) // 60


def offset_at(zone: str, at: int) -> int:
    """Minutes east of UTC at an instant (ms); in these years all clocks change on the quarter of an hour."""
    return _offset(zone, at // QUARTER)


def local_day(at: int, minutes_east: int) -> date:
    """The date at an instant (ms) on a clock so many minutes east of UTC."""
    return EPOCH + timedelta(days=(at + minutes_east * MINUTE) // DAY)


def instant(day: date) -> int:
    """The first instant (ms) of a UTC date."""
    return (day - EPOCH).days * DAY


@lru_cache
def changes(zone: str) -> tuple[int, ...]:
    """The instants (ms) at which the clocks of a zone change in these spans."""
    days = [instant(first) + number * DAY for first, count in SPANS for number in range(count)]
    changed = [day for day in days if offset_at(zone, day) != offset_at(zone, day + DAY)]
    quarters = (at for day in changed for at in range(day + QUARTER, day + DAY + 1, QUARTER))
    return tuple(at for at in quarters if offset_at(zone, at) != offset_at(zone, at - QUARTER))


def edge(source: random.Random, zone: str) -> int:
    """An instant (ms): a change of clocks or a local midnight near one, or one of any date."""
    known = changes(zone)
    if known and source.random() < 0.7:
        near = source.choice(known)
        if source.random() < 0.5:
            return near
        near += source.choice((-1, 0, 1)) * DAY
    else:
        first, count = source.choice(SPANS)
        near = instant(first) + source.randrange(count * DAY)
    return near - (near + offset_at(zone, near) * MINUTE) % DAY
