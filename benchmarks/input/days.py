"""Events day by day: (seed, events of a day, day) → messages, and those that come long after they happened.

Day 0 is the new one, which a lake gets; before it lies its history. A day has a tenth of the events of a size.
"""

from collections.abc import Iterable, Iterator

from benchmarks.input import events, messages
from benchmarks.input.events import Days
from benchmarks.input.messages import Messages

# Chunks of days must not share their numbers, from which ids are made, with late ones.
_MOST_CHUNKS, _LATE = 1_000, 1_000_000
_MOST_DAYS = 500


def events_of_day(size: int) -> int:
    """How many events a day has at a size of so many."""
    return size // 10


def sent(seed: int, size: int, days: Iterable[int]) -> Iterator[Messages]:
    """The messages of these days, in order."""
    for day in days:
        first = (_MOST_DAYS + day) * _MOST_CHUNKS
        yield from _chunks(seed, events_of_day(size), first, Days(day, 1))


def sent_late(seed: int, count: int, days: Days) -> Iterator[Messages]:
    """So many messages of events of these days, all of them late."""
    if days.sent is None or days.sent < days.first + days.count:
        raise ValueError(f"{days} are not over when their events are sent")
    yield from _chunks(seed, count, _LATE - days.first * _MOST_CHUNKS, days)


def _chunks(seed: int, count: int, first: int, days: Days) -> Iterator[Messages]:
    for number, size in events.chunks(count):
        yield from messages.chunk(seed, first + number, size, days)
