"""Where people live and travel: cities with time zone and climate."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Place:
    city: str
    time_zone: str
    march_mean_c: float


# In the order in which people are born into them: even five people span three continents and a half-hour zone.
PLACES = (
    Place("Berlin", "Europe/Berlin", 5.5),
    Place("New York", "America/New_York", 6.1),
    Place("Mumbai", "Asia/Kolkata", 28.0),
    Place("Lisbon", "Europe/Lisbon", 14.9),
    Place("Auckland", "Pacific/Auckland", 18.6),
    Place("Paris", "Europe/Paris", 9.2),
    Place("Los Angeles", "America/Los_Angeles", 15.7),
    Place("Madrid", "Europe/Madrid", 11.2),
    Place("Kathmandu", "Asia/Kathmandu", 16.6),
    Place("London", "Europe/London", 8.0),
    Place("Seattle", "America/Los_Angeles", 8.5),
    Place("Helsinki", "Europe/Helsinki", -0.8),
    Place("Apia", "Pacific/Apia", 27.3),
    Place("Warsaw", "Europe/Warsaw", 3.9),
    Place("Tokyo", "Asia/Tokyo", 9.4),
    Place("Athens", "Europe/Athens", 13.1),
    Place("Honolulu", "Pacific/Honolulu", 24.2),
    Place("Amsterdam", "Europe/Amsterdam", 6.8),
    Place("Adelaide", "Australia/Adelaide", 20.3),
    Place("Chicago", "America/Chicago", 3.9),
    Place("Stockholm", "Europe/Stockholm", 1.3),
    Place("St John's", "America/St_Johns", -2.5),
    Place("Pago Pago", "Pacific/Pago_Pago", 28.2),
    Place("Rome", "Europe/Rome", 11.0),
)


@lru_cache
def zone(time_zone: str) -> ZoneInfo:
    return ZoneInfo(time_zone)


@lru_cache(maxsize=100_000)
def offset_minutes(time_zone: str, instant: int) -> int:
    """UTC offset, in minutes, of a zone at an instant (ms since 1970 UTC)."""
    offset = datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone(time_zone)).utcoffset()
    return int((offset or timedelta()).total_seconds() // 60)


@lru_cache(maxsize=100_000)
def midnight(time_zone: str, day: date) -> int:
    """First instant (ms since 1970 UTC) of a local date."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(time_zone)).timestamp() * 1000)


def utc_midnight(day: date) -> int:
    """First instant (ms since 1970) of a UTC date."""
    return (day - date(1970, 1, 1)).days * DAY
