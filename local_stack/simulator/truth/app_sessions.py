"""Truth of sessions of the app: every user's events in time → sessions, cut where the local date changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from local_stack.simulator.facts import read_facts
from local_stack.simulator.places import MINUTE
from local_stack.simulator.truth.columns import half_up, local_date
from local_stack.simulator.truth.known import Known

PAUSE = 30 * MINUTE


@dataclass
class Session:
    """What of one session lies on one date; `length` goes on to the session's next event, whatever its date."""

    user_id: str
    on: date
    is_continued: bool
    events: list[dict[str, Any]] = field(default_factory=list)
    length: int = 0

    @property
    def screens(self) -> int:
        return sum(event["kind"] == "screen_viewed" for event in self.events)


def sessions(known: Known, facts: Path) -> list[Session]:
    """All sessions of all users, in order of users."""
    found = read_facts(facts, "app_events")
    by_user: dict[str, list[dict[str, Any]]] = {}
    for row in found.to_pylist() if found else []:
        by_user.setdefault(row["user_id"], []).append(row)
    return [session for user_id, events in sorted(by_user.items()) for session in _of_user(known, user_id, events)]


def _of_user(known: Known, user_id: str, events: list[dict[str, Any]]) -> Iterator[Session]:
    events = sorted(events, key=lambda event: (event["at"], event["event_id"]))
    parts: dict[date, Session] = {}
    for event, following in pairwise([*events, None]):
        assert event is not None
        offset = known.offset(user_id, event["at"]) if event["offset"] is None else event["offset"]
        on = local_date(event["at"], offset)
        part = parts.setdefault(on, Session(user_id, on, is_continued=bool(parts)))
        part.events.append({**event, "local_offset": offset})
        if following and following["at"] - event["at"] <= PAUSE:
            part.length += following["at"] - event["at"]
        else:
            yield from parts.values()
            parts = {}


def user_sessions(found: list[Session]) -> Iterator[dict[str, object]]:
    """Rows of `app/user_sessions`."""
    for one in found:
        first, last = one.events[0], one.events[-1]
        yield {
            "event_date": one.on,
            "user_id": one.user_id,
            "started_at": first["at"],
            "ended_at": last["at"],
            "duration_ms": one.length,
            "event_count": len(one.events),
            "screen_count": one.screens,
            "is_continued": one.is_continued,
            "platform": first["platform"],
            "app_version": first["app_version"],
            "utc_offset_minutes": first["local_offset"],
            "is_offset_assumed": any(event["offset"] is None for event in one.events),
        }


def user_sessions_daily(found: list[Session]) -> Iterator[dict[str, object]]:
    """Rows of `app/user_sessions_daily`."""
    days: dict[tuple[str, date], list[Session]] = {}
    for one in found:
        days.setdefault((one.user_id, one.on), []).append(one)
    for (user_id, on), of_day in sorted(days.items()):
        yield {
            "event_date": on,
            "user_id": user_id,
            "session_count": sum(not one.is_continued for one in of_day),
            "event_count": sum(len(one.events) for one in of_day),
            "screen_count": sum(one.screens for one in of_day),
            "seconds_in_app": half_up(sum(one.length for one in of_day), 1000),
            "first_seen_at": min(one.events[0]["at"] for one in of_day),
            "last_seen_at": max(one.events[-1]["at"] for one in of_day),
        }
