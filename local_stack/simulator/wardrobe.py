"""What people wear and carry: (seed, number) → devices with dated ownership, and when the application learns of it.

In the story week some watches are handed on, some phones replaced; some changes are registered days late, and
a few trackers never: their readings wait for an owner.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from local_stack.simulator.people import STORY_MONDAY, Person, person
from local_stack.simulator.places import HOUR, MINUTE, utc_midnight
from local_stack.simulator.randomness import stream

PHONES = {"ios": ("Orchard 15", "Orchard Health"), "android": ("Pixie 8", "Pixie Fit")}
WATCHES = (("Chrono 9", "watch"), ("Pulse Band 3", "tracker"), ("Forerun 265", "watch"))


@dataclass(frozen=True)
class Device:
    """One ownership of a device; `registered_on` is the date on which the application knows it, None for never."""

    device_id: str
    user_id: str
    model: str
    kind: str
    app: str
    priority: int
    owned_from: int
    owned_to: int | None
    registered_on: date | None
    handed_on_on: date | None = None
    writes_offset: bool = True
    energy_unit: str = "kcal"
    distance_unit: str = "m"


def _date_of(instant: int) -> date:
    return date(1970, 1, 1) + timedelta(milliseconds=instant)


def _watch(owner: Person, count: int, owned_from: int, owned_to: int | None, registered_on: date | None) -> Device:
    model, kind = WATCHES[owner.number % 3]
    return Device(
        device_id=f"watch-{owner.number:05d}-{count}",
        user_id=owner.user_id,
        model=model,
        kind=kind,
        app=f"{model} 4.{owner.number % 7}",
        priority=2 if owner.number % 11 == 0 else 1,
        owned_from=owned_from,
        owned_to=owned_to,
        registered_on=registered_on,
        handed_on_on=_date_of(owned_to) if owned_to else None,
        writes_offset=owner.number % 16 not in (2, 6),
        energy_unit="kJ" if owner.number % 8 == 3 else "kcal",
        distance_unit="mi" if owner.writes_miles else "m",
    )


def handed_on_at(seed: int, number: int, people: int) -> int | None:
    """When this person hands their watch on to the next one, if they do."""
    if number % 10 != 3 or number == people:
        return None
    random = stream(seed, "handed_on", number)
    return (
        utc_midnight(STORY_MONDAY + timedelta(days=int(random.integers(1, 5))))
        + int(random.integers(8 * 60, 18 * 60)) * MINUTE
    )


def _watches(seed: int, owner: Person, people: int) -> list[Device]:
    """The watches of a person: those ending in 4 get the watch of the one before; some have none."""
    since = owner.signed_up_at
    if owner.number % 10 == 4:
        given_at = handed_on_at(seed, owner.number - 1, people)
        giver = person(seed, owner.number - 1)
        if given_at is None or giver.left_on or given_at < since:
            return []
        known_on = _date_of(given_at) + timedelta(days=owner.number // 10 % 2)
        old = _watch(giver, 1, given_at, None, known_on)
        return [replace(old, user_id=owner.user_id, priority=1)]
    if owner.number % 12 == 11:
        return []
    given_at = handed_on_at(seed, owner.number, people)
    heir = person(seed, owner.number + 1)
    if given_at is None or owner.left_on or given_at < max(since, heir.signed_up_at):
        return [_watch(owner, 1, since, None, _date_of(since))]
    known_on = _date_of(given_at) + timedelta(days=2 if owner.number % 20 == 13 else 0)
    return [
        _watch(owner, 1, since, given_at, _date_of(since)),
        _watch(owner, 2, given_at, None, known_on),
    ]


def _phones(seed: int, owner: Person) -> list[Device]:
    model, app = PHONES[owner.platform]
    phone = Device(
        device_id=f"phone-{owner.number:05d}",
        user_id=owner.user_id,
        model=model,
        kind="phone",
        app=f"{app} 17.{owner.number % 4}",
        priority=1 if owner.number % 11 == 0 else 2,
        owned_from=owner.signed_up_at,
        owned_to=None,
        registered_on=_date_of(owner.signed_up_at),
        distance_unit="mi" if owner.writes_miles else "km",
    )
    changed_at = utc_midnight(STORY_MONDAY + timedelta(days=2)) + 11 * HOUR + owner.number * MINUTE
    if owner.number % 17 != 5 or owner.signed_up_at > changed_at:
        return [phone]
    old = replace(phone, owned_to=changed_at, handed_on_on=_date_of(changed_at))
    new = replace(
        phone,
        device_id=f"phone-{owner.number:05d}-2",
        model=f"{model} Pro",
        owned_from=changed_at,
        registered_on=_date_of(changed_at) + timedelta(days=2),
    )
    return [old, new]


@lru_cache(maxsize=20_000)
def devices_of(seed: int, number: int, people: int) -> tuple[Device, ...]:
    """Everything a person of a world of `people` ever wears, carries or steps on."""
    owner = person(seed, number)
    found = [*_phones(seed, owner), *_watches(seed, owner, people)]
    since, known_on = owner.signed_up_at, _date_of(owner.signed_up_at)
    if stream(seed, "scale", number).random() < 0.3:
        scale = (f"scale-{number:05d}", owner.user_id, "Libra S", "scale", "Libra 2.1", 3)
        found.append(Device(*scale, owned_from=since, owned_to=None, registered_on=known_on))
    if number % 50 == 7:
        lost = (f"tracker-{number:05d}-lost", owner.user_id, "Pulse Band 1", "tracker", "Pulse Band 1.0", 4)
        found.append(Device(*lost, owned_from=since, owned_to=None, registered_on=None))
    return tuple(found)
