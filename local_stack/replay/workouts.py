"""Replaying recorded workouts: FIT, TCX and GPX files → workout-data events, and their owner in the database.

Ids follow from who did it, when it began and what happened when: a workout that comes again, in whatever file, adds no
session. Alone: `lake replay workouts FOLDER --user anna --time-zone Europe/Berlin`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from local_stack import event_log
from local_stack.replay.workout_files import Moment, Workout, workouts
from local_stack.simulator.database import Row, ready, upsert
from local_stack.simulator.messages import Parcel, json_message

TOPIC = "workout-data"
NAMESPACE = uuid5(NAMESPACE_URL, "urn:lake:recorded-workouts")
OWNED_SINCE = datetime(2000, 1, 1, tzinfo=UTC)  # before any recorder that writes such files
# The sender knows a workout when it is over.
_SENT_AFTER = timedelta(seconds=1)


def session_id(user_id: str, of: Workout) -> str:
    """The same for every file that holds the workout: recorders tell its beginning to the second."""
    return str(uuid5(NAMESPACE, f"{user_id}|{of.started_at.replace(microsecond=0).isoformat()}"))


def messages(user_id: str, of: Workout, zone: ZoneInfo) -> list[bytes]:
    """The JSON of each event, on the clock of the recorder where its file tells it, else of the zone."""
    session = session_id(user_id, of)
    seen: Counter[tuple[str, datetime]] = Counter()
    sent_at = (of.moments[-1].at + _SENT_AFTER).isoformat()
    found = []
    for moment in of.moments:
        seen[moment.kind, moment.at] += 1
        number = seen[moment.kind, moment.at]
        event = f"{session}|{moment.kind}|{moment.at.isoformat()}|{number}"
        found.append(json_message(_fields(user_id, of, moment, zone) | {
            "event_id": str(uuid5(NAMESPACE, event)), "workout_session_id": session, "sent_at": sent_at,
        }))  # fmt: skip
    return found


def _fields(user_id: str, of: Workout, moment: Moment, zone: ZoneInfo) -> dict[str, object]:
    clock = zone if of.offset is None else timezone(of.offset)
    measured = {name: value for name, value in vars(moment).items() if name not in ("kind", "at")}
    return {
        "user_id": user_id,
        "device_id": of.device_id,
        "event_type": moment.kind,
        "activity_type": of.activity_type if moment.kind == "started" else None,
        "occurred_at": moment.at.astimezone(clock).isoformat(),
        **measured,
    }


def people(user_id: str, found: list[Workout], time_zone: str) -> dict[str, list[Row]]:
    """The rows of users and devices, in the order of the contracts' columns."""
    devices = sorted({of.device_id for of in found if of.device_id})
    owned: list[Row] = [
        (device, user_id, "Garmin", "watch", rank, OWNED_SINCE, None) for rank, device in enumerate(devices, 1)
    ]
    return {"users": [(user_id, time_zone, None, None, None, None, True, OWNED_SINCE)], "devices": owned}


def replay(folder: Path, user_id: str, time_zone: str, progress: Callable[[float], None]) -> list[Workout]:
    """Send the workouts of a folder; gives them, in order of time.

    Raises FileNotFoundError: the folder holds no workout; Unreadable: a file is broken, and nothing was sent;
    ZoneInfoNotFoundError: no such time zone.
    """
    zone, found = ZoneInfo(time_zone), workouts(folder)
    event_log.ready()
    ready()
    upsert(people(user_id, found, time_zone), only_new=("users",))
    event_log.send(_parcels(user_id, found, zone, progress))
    return found


def _parcels(user_id: str, found: list[Workout], zone: ZoneInfo, progress: Callable[[float], None]) -> Iterator[Parcel]:
    for number, of in enumerate(found, 1):
        yield Parcel(TOPIC, session_id(user_id, of), messages(user_id, of, zone))
        progress(number / len(found))
