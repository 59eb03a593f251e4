"""What goes wrong on the way: (seed, person day) → messages twice, late, out of order, with wrong clocks, or broken.

Nothing real is lost or changed: faults repeat, delay and add. Every one is counted by kind, with what becomes of it:
accepted or rejected in bronze, and of the accepted those that silver rejects.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from local_stack.simulator.broken import broken_messages
from local_stack.simulator.messages import Parcel, health_parcel
from local_stack.simulator.places import HOUR, MINUTE
from local_stack.simulator.randomness import stream, uuids
from local_stack.simulator.readings import Readings
from local_stack.simulator.world import PersonDay

LONGEST_OFFLINE_DAYS = 2


@dataclass
class Counts:
    """Messages by (topic, what) and faults by kind; `silver_rejected` by dataset."""

    topics: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    silver_rejected: Counter[str] = field(default_factory=Counter)

    def sent(self, parcel: Parcel) -> None:
        """Count the messages of a parcel that bronze accepts."""
        self.topics[parcel.topic, "accepted"] += len(parcel.messages)
        self.topics[parcel.topic, "late"] += 0 if parcel.late is None else int(parcel.late.sum())


def days_offline(seed: int, number: int, on: date) -> int:
    """For how many days the devices of a person keep to themselves what they recorded on a date."""
    return int(stream(seed, "offline", number, on).choice(LONGEST_OFFLINE_DAYS + 1, p=[0.965, 0.025, 0.01]))


def repeats_later(seed: int, number: int, on: date) -> bool:
    """Whether some readings of a date come again a day later, with another offset."""
    return days_offline(seed, number, on) == 0 and stream(seed, "repeats", number, on).random() < 0.04


def _copied(of: Readings, rows: np.ndarray, random: np.random.Generator) -> Readings:
    """The same readings as other events: another id, another offset, another value."""
    return replace(
        of,
        device=replace(of.device, writes_offset=True),
        starts=of.starts[rows],
        ends=None if of.ends is None else of.ends[rows],
        values=of.values[rows] + 1,
        offsets=of.offsets[rows] - 9 * 60,
        sent=of.sent[rows] + MINUTE,
        event_ids=uuids(random, len(rows)),
    )


def _some(random: np.random.Generator, count: int, share: float) -> np.ndarray:
    return np.flatnonzero(random.random(count) < share)


def repeated_with_another_offset(seed: int, day: PersonDay, counts: Counts) -> Iterator[Parcel]:
    """Heart rates and steps of a date once more, to be sent the day after: the first ones landed stay."""
    random = stream(seed, "repeated", day.number, day.date)
    for of in day.readings:
        copied = _copied(of, _some(random, len(of), 0.02), random)
        if of.metric in ("heart_rate", "steps") and len(copied):
            parcel = health_parcel(replace(copied, sent=copied.sent + 24 * HOUR))
            counts.faults["same_key_a_day_later"] += len(copied)
            counts.sent(parcel)
            yield parcel


def _delayed(random: np.random.Generator, of: Readings, counts: Counts) -> Readings:
    """Some parcels are sent hours later, some by a device whose clock is behind."""
    fate = random.random()
    if fate < 0.02:
        counts.faults["hours_late"] += len(of)
        return replace(of, sent=of.sent + int(random.integers(3, 11)) * HOUR)
    if fate < 0.035:
        counts.faults["clock_skew"] += len(of)
        return replace(of, sent=of.starts - int(random.integers(6, 90)) * MINUTE)
    return of


def _shuffled(random: np.random.Generator, of: Parcel, counts: Counts) -> Parcel:
    if random.random() > 0.1 or len(of.messages) < 2:
        return of
    counts.faults["out_of_order"] += len(of.messages)
    order = random.permutation(len(of.messages))
    late = None if of.late is None else of.late[order]
    return replace(of, messages=[of.messages[i] for i in order.tolist()], late=late)


def _with_duplicates(random: np.random.Generator, of: Parcel, counts: Counts) -> Parcel:
    rows = _some(random, len(of.messages), 0.004)
    if not len(rows):
        return of
    counts.faults["duplicate"] += len(rows)
    late = None if of.late is None else np.concatenate([of.late, of.late[rows]])
    return replace(of, messages=[*of.messages, *(of.messages[i] for i in rows.tolist())], late=late)


def _arriving(random: np.random.Generator, parcels: list[Parcel], counts: Counts) -> Iterator[Parcel]:
    for parcel in parcels:
        arrived = _with_duplicates(random, _shuffled(random, parcel, counts), counts)
        counts.sent(arrived)
        yield arrived


def _broken(random: np.random.Generator, day: PersonDay, topics: tuple[str, ...], counts: Counts) -> Iterator[Parcel]:
    for broken in broken_messages(random, day, topics):
        counts.faults[broken.kind] += 1
        if broken.silver_dataset:
            counts.silver_rejected[broken.silver_dataset] += 1
        counts.topics[broken.topic, "accepted" if broken.silver_dataset else "rejected"] += 1
        yield Parcel(broken.topic, broken.key, [broken.message])


def recorded_with_faults(seed: int, day: PersonDay, counts: Counts) -> Iterator[Parcel]:
    """What the devices of a person recorded on a date, as it arrives."""
    random = stream(seed, "faults", day.number, day.date)
    for of in day.readings:
        yield from _arriving(random, [health_parcel(_delayed(random, of, counts))], counts)
        if of.metric in ("heart_rate", "steps"):
            copied = _copied(of, _some(random, len(of), 0.003), random)
            if len(copied):
                counts.faults["same_key"] += len(copied)
                parcel = health_parcel(copied)
                counts.sent(parcel)
                yield parcel
    yield from _arriving(random, day.workout_parcels, counts)
    yield from _broken(random, day, ("health-metrics", "workout-data"), counts)


def online_with_faults(seed: int, day: PersonDay, counts: Counts) -> Iterator[Parcel]:
    """What a person did online on a date, as it arrives."""
    random = stream(seed, "online_faults", day.number, day.date)
    yield from _arriving(random, day.online, counts)
    yield from _broken(random, day, ("user-events", "social-events", "ai-interactions"), counts)
