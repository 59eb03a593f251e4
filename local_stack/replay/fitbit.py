"""Replaying a Fitbit export: CSV files → health-metrics events, and the people and their trackers in the database.

Event ids follow from what is measured, so sending an export again adds no row to silver — as long as the time
zone stays the same. Alone: `lake replay fitbit FOLDER --time-zone UTC`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from local_stack import event_log
from local_stack.replay.fitbit_export import Measurement, measurements
from local_stack.simulator.database import Row, ready, upsert
from local_stack.simulator.messages import Parcel, json_message

TOPIC = "health-metrics"
SOURCE_APP = "Fitbit export"
NAMESPACE = uuid5(NAMESPACE_URL, "urn:lake:fitbit-export")
OWNED_SINCE = datetime(2015, 1, 1, tzinfo=UTC)  # before anything an export of 2016 holds


def device_id(user_id: str) -> str:
    """The tracker of a person."""
    return f"fitbit-{user_id}"


def message(of: Measurement) -> bytes:
    """The JSON of one event."""
    device = device_id(of.user_id)
    start = of.start.isoformat()
    kind = of.energy_type or of.sleep_stage or ""
    session = uuid5(NAMESPACE, f"{device}|night|{of.start.date()}") if of.sleep_stage else None
    return json_message(
        {
            "event_id": str(uuid5(NAMESPACE, f"{device}|{of.metric}|{kind}|{start}")),
            "device_id": device,
            "metric_type": of.metric,
            "value": of.value,
            "unit": of.unit,
            "measured_at": start,
            "interval_end": of.end.isoformat() if of.end else None,
            "energy_type": of.energy_type,
            "sleep_stage": of.sleep_stage,
            "sleep_session_id": str(session) if session else None,
            "is_time_estimated": of.is_time_estimated or None,
            "sent_at": (of.end or of.start).astimezone(UTC).isoformat(),
            "source_app": SOURCE_APP,
        }
    )


def parcels(of: list[Measurement], progress: Callable[[float], None]) -> Iterator[Parcel]:
    """The messages by key, in order within each."""
    by_key: dict[str, list[Measurement]] = {}
    for measurement in of:
        by_key.setdefault(f"{device_id(measurement.user_id)}|{measurement.metric}", []).append(measurement)
    done = 0
    for key, found in by_key.items():
        yield Parcel(TOPIC, key, [message(measurement) for measurement in found])
        done += len(found)
        progress(done / len(of))


def people(users: list[str], time_zone: str) -> dict[str, list[Row]]:
    """The rows of users and devices, in the order of the contracts' columns."""
    known = [(user, time_zone, None, None, None, None, True, OWNED_SINCE) for user in users]
    trackers = [(device_id(user), user, "Fitbit", "tracker", 1, OWNED_SINCE, None) for user in users]
    return {"users": list(known), "devices": list(trackers)}


def replay(folder: Path, time_zone: str, progress: Callable[[float], None]) -> dict[str, int]:
    """Send an export; returns how many events of each metric, and how many people.

    Raises FileNotFoundError: the folder holds no file of an export; ZoneInfoNotFoundError: no such time zone.
    """
    found = list(measurements(folder, time_zone))
    if not found:
        raise FileNotFoundError(f"{folder} has none of the export's files, as hourlySteps_merged.csv")
    event_log.ready()
    ready()
    users = sorted({measurement.user_id for measurement in found})
    upsert(people(users, time_zone))
    event_log.send(parcels(found, progress))
    return {"users": len(users), **Counter(measurement.metric for measurement in found)}
