"""Friends and groups: what a person does with others on one date → social-events and their truth."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from local_stack.simulator.body import Day
from local_stack.simulator.messages import Parcel, json_message, local_text, utc_text
from local_stack.simulator.people import Person, person
from local_stack.simulator.randomness import stream, uuids

TOPIC = "social-events"
KINDS = ("like", "comment", "message", "share", "follow", "unfollow", "join_group", "leave_group")
SHARES = (0.42, 0.16, 0.18, 0.05, 0.1, 0.03, 0.04, 0.02)
NAMES = ("Early birds", "Hill climbers", "Sunday long run", "Cold swimmers", "Lunch walkers", "Iron yoga", "Commuters")


@dataclass(frozen=True)
class Interaction:
    """One interaction; `offset` in minutes, None where the sender did not know it."""

    event_id: str
    kind: str
    user_id: str
    target_user_id: str | None
    group_id: str | None
    content_id: str | None
    occurred_at: int
    offset: int | None


def group_count(people: int) -> int:
    return max(3, people // 15)


def group_id(number: int) -> str:
    return f"group-{number:03d}"


def group_name(number: int) -> str:
    return f"{NAMES[number % len(NAMES)]} {number // len(NAMES) + 1}"


def friends_of(seed: int, number: int, people: int, on: date) -> list[Person]:
    """A circle of people of near numbers who use the platform on that date."""
    random = stream(seed, "friends", number)
    distances = random.geometric(0.08, size=12) * random.choice([-1, 1], size=12)
    numbers = {(number - 1 + int(distance)) % people + 1 for distance in distances} - {number}
    return [other for other in (person(seed, n) for n in sorted(numbers)) if other.lives_on(on)]


def interactions_of(seed: int, who: Person, day: Day, people: int) -> list[Interaction]:
    """What a person did with others on a life day."""
    on = day.life.date
    random = stream(seed, "social", who.number, on)
    friends = friends_of(seed, who.number, people, on)
    count = int(random.poisson(3.2))
    begins, ends = day.night.wake_at, min(day.next_night.bed_at, day.life.ends_at)
    found = []
    for event_id in uuids(random, count):
        kind = KINDS[int(random.choice(len(KINDS), p=SHARES))]
        at = int(random.integers(begins // 1000, ends // 1000)) * 1000 + int(random.integers(0, 1000))
        friend = friends[int(random.integers(len(friends)))].user_id if friends else None
        group = group_id(int(random.integers(group_count(people))))
        content = f"post-{int(random.integers(10_000)):04d}"
        in_group = kind in ("join_group", "leave_group")
        if friend is None and not in_group:
            continue
        found.append(
            Interaction(
                event_id=event_id,
                kind=kind,
                user_id=who.user_id,
                target_user_id=None if in_group else friend,
                group_id=group if in_group or kind == "share" else None,
                content_id=content if kind in ("like", "comment", "share") else None,
                occurred_at=at,
                offset=None if who.number % 9 == 0 else int(day.life.offsets(np.array([at]))[0]),
            )
        )
    return found


def social_message(of: Interaction) -> bytes:
    """The JSON of one interaction."""
    known = of.offset is not None
    return json_message(
        {
            "event_id": of.event_id,
            "interaction_type": of.kind,
            "user_id": of.user_id,
            "target_user_id": of.target_user_id,
            "group_id": of.group_id,
            "content_id": of.content_id,
            "occurred_at": local_text(of.occurred_at, of.offset or 0, writes_offset=known),
            "sent_at": utc_text(of.occurred_at + 1500),
        }
    )


def social_parcels(interactions: list[Interaction]) -> list[Parcel]:
    by_kind: dict[str, list[bytes]] = {}
    for interaction in interactions:
        by_kind.setdefault(interaction.kind, []).append(social_message(interaction))
    return [Parcel(TOPIC, kind, messages) for kind, messages in by_kind.items()]
