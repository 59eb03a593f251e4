"""What a person does in the app on one date: a few visits of several screens → user-events."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from local_stack.simulator.body import Day
from local_stack.simulator.messages import Parcel, json_message, local_texts, texts
from local_stack.simulator.people import Person
from local_stack.simulator.randomness import stream, uuids

TOPIC = "user-events"
SCREENS = ("today", "sleep", "workouts", "friends", "coach", "settings", "goals")
BUTTONS_ON = {"workouts": "button_clicked", "goals": "goal_set", "coach": "button_clicked"}


@dataclass(frozen=True)
class AppEvent:
    """One event of the app; `offset` in minutes, None where the sender did not know it."""

    event_id: str
    user_id: str
    kind: str
    platform: str
    app_version: str
    at: int
    offset: int | None


def usage_of(seed: int, who: Person, day: Day) -> tuple[Parcel, list[AppEvent]]:
    """The app events of one life day, as messages and as they were; the first event of all is signing up."""
    random = stream(seed, "app", who.number, day.life.date)
    instants, kinds, screens = _visits(random, day)
    if not who.lives_on(day.life.date - timedelta(days=1)):
        instants, kinds, screens = [day.life.starts_at + 1000, *instants], ["signed_up", *kinds], [None, *screens]
    moments = np.array(instants)
    web = who.number % 9 == 0  # browsers of some people do not tell their offset
    offsets = day.life.offsets(moments)
    written = local_texts(moments, offsets, writes_offset=not web)
    sent = texts(moments + 2000)
    version = f"7.{day.life.date.isocalendar().week}.0"
    events = [
        AppEvent(
            event_id=event_id,
            user_id=who.user_id,
            kind=kind,
            platform="web" if web else who.platform,
            app_version=version,
            at=at,
            offset=None if web else offset,
        )
        for event_id, kind, at, offset in zip(uuids(random, len(kinds)), kinds, instants, offsets.tolist(), strict=True)
    ]
    messages = [
        json_message(
            {
                "event_id": event.event_id,
                "user_id": event.user_id,
                "event_type": event.kind,
                "occurred_at": at,
                "sent_at": f"{sent_at}Z",
                "screen": screen,
                "platform": event.platform,
                "app_version": event.app_version,
            }
        )
        for event, screen, at, sent_at in zip(events, screens, written, sent, strict=True)
    ]
    return Parcel(TOPIC, who.user_id, messages), events


def _visits(random: np.random.Generator, day: Day) -> tuple[list[int], list[str], list[str | None]]:
    begins, ends = day.night.wake_at, min(day.next_night.bed_at, day.life.ends_at)
    instants: list[int] = []
    kinds: list[str] = []
    screens: list[str | None] = []
    for start in np.sort(random.integers(begins // 1000, ends // 1000, size=1 + int(random.poisson(3)))).tolist():
        at = start * 1000
        instants.append(at)
        kinds.append("app_opened")
        screens.append(None)
        for screen in random.choice(SCREENS, size=1 + int(random.poisson(3))).tolist():
            at += int(random.integers(3, 90)) * 1000
            instants.append(at)
            kinds.append(BUTTONS_ON[screen] if screen in BUTTONS_ON and random.random() < 0.3 else "screen_viewed")
            screens.append(screen)
    return instants, kinds, screens
