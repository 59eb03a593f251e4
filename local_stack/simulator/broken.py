"""Records that must not be believed: a person day → messages that typing or rules refuse, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from local_stack.simulator.coach import SCHEMA_ID, wire_format
from local_stack.simulator.messages import json_message, utc_text
from local_stack.simulator.randomness import uuids
from local_stack.simulator.world import PersonDay

# Of the person days with messages on the topic, how many get a bad one, and every how many-th person gets any: in
# each topic far fewer than the fifth of a batch at which a load is stopped.
SHARE_OF_DAYS = {
    "health-metrics": (0.9, 1),
    "workout-data": (0.5, 1),
    "user-events": (0.2, 1),
    "social-events": (0.5, 4),
    "ai-interactions": (0.5, 8),
}


@dataclass(frozen=True)
class Broken:
    """One bad message; `silver_dataset` refuses it, or bronze where there is none."""

    topic: str
    key: str
    message: bytes
    kind: str
    silver_dataset: str | None = None


Fields = dict[str, object]
Spoil = tuple[str, Callable[[Fields], bytes]]


def _with(**changes: object) -> Callable[[Fields], bytes]:
    return lambda fields: json_message({**fields, **changes})


def _text(spoil: Callable[[bytes], bytes]) -> Callable[[Fields], bytes]:
    return lambda fields: spoil(json_message(fields))


# Refused in bronze, whatever the topic: the text is not one JSON object in UTF-8.
NOT_JSON: tuple[Spoil, ...] = (
    ("cut_off_json", _text(lambda text: text[: len(text) // 2])),
    ("trailing_garbage", _text(lambda text: text + b" }garbage")),
    ("single_quotes", _text(lambda text: text.replace(b'"', b"'"))),
    ("invalid_utf8", _text(lambda text: text[:-2] + b'\xff\xfe"}')),
    ("nul_byte", _text(lambda text: text[:-2] + b'\x00"}')),
    ("not_an_object", lambda _fields: b"[]"),
    ("empty", lambda _fields: b""),
)
BRONZE: dict[str, tuple[Spoil, ...]] = {
    "health-metrics": (
        *NOT_JSON,
        ("wrong_type", _with(value="fast")),
        ("missing_field", _with(device_id=None)),
        ("missing_field", _with(measured_at=None)),
        ("bad_timestamp", _with(measured_at="yesterday")),
        ("unknown_metric", _with(metric_type="blood_glucose", unit="mmol/l")),
        ("huge_number", _with(value=1e300)),
        ("wrong_unit", _with(unit="furlong")),
    ),
    "workout-data": (
        *NOT_JSON,
        ("huge_number", _with(heart_rate_bpm=99_999_999_999)),
        ("missing_field", _with(user_id=None)),
    ),
    "user-events": (
        *NOT_JSON,
        ("missing_field", _with(event_type=None)),
        ("bad_timestamp", _with(occurred_at="25:61")),
    ),
    "social-events": (
        *NOT_JSON,
        ("unknown_kind", _with(interaction_type="poke")),
        ("missing_field", _with(user_id=None)),
    ),
}


def _health_fields(random: np.random.Generator, day: PersonDay, at: int) -> Fields:
    return {
        "event_id": uuids(random, 1)[0],
        "device_id": f"phone-{day.number:05d}",
        "metric_type": "heart_rate",
        "value": 71,
        "unit": "bpm",
        "measured_at": utc_text(at).replace("Z", "+00:00"),
        "sent_at": utc_text(at + 5000),
        "source_app": "Orchard Health",
    }


def _implausible(random: np.random.Generator, day: PersonDay, at: int) -> tuple[str, Fields]:
    """(silver dataset, fields) of a record that bronze takes and silver's rules refuse."""
    fields = _health_fields(random, day, at)
    minute = {"interval_end": utc_text(at + 60_000).replace("Z", "+00:00")}
    if day.number % 40 == 0 and random.random() < 0.5:  # weighings are few, so few of them are bad
        return "wearables/body_measurements", {**fields, "metric_type": "weight", "value": 900, "unit": "kg"}
    return (
        ("wearables/heart_rate_readings", {**fields, "value": 900}),
        ("wearables/heart_rate_readings", {**fields, "value": 3}),
        ("wearables/step_intervals", {**fields, "metric_type": "steps", "value": 99_999, "unit": "count", **minute}),
    )[int(random.integers(3))]


def _health(random: np.random.Generator, day: PersonDay, at: int) -> Broken:
    if random.random() < 0.35:
        dataset, wrong = _implausible(random, day, at)
        key = f"{wrong['device_id']}|{wrong['metric_type']}"
        return Broken("health-metrics", key, json_message(wrong), "implausible", dataset)
    fields = _health_fields(random, day, at)
    return _spoiled(random, "health-metrics", f"{fields['device_id']}|heart_rate", fields)


def _spoiled(random: np.random.Generator, topic: str, key: str, fields: Fields) -> Broken:
    choices = BRONZE[topic]
    kind, spoil = choices[int(random.integers(len(choices)))]
    return Broken(topic, key, spoil(fields), kind)


def _online_fields(random: np.random.Generator, day: PersonDay, at: int) -> Fields:
    common = {"event_id": uuids(random, 1)[0], "user_id": f"user-{day.number:05d}"}
    return {**common, "occurred_at": utc_text(at).replace("Z", "+00:00"), "sent_at": utc_text(at + 1000)}


def _workout(random: np.random.Generator, day: PersonDay, at: int) -> Broken:
    session = uuids(random, 1)[0]
    fields = {"workout_session_id": session, "event_type": "sample", "heart_rate_bpm": 120, "notes": "x"}
    return _spoiled(random, "workout-data", session, {**_online_fields(random, day, at), **fields})


def _usage(random: np.random.Generator, day: PersonDay, at: int) -> Broken:
    fields = {**_online_fields(random, day, at), "event_type": "app_opened", "platform": "ios", "app_version": "7"}
    return _spoiled(random, "user-events", str(fields["user_id"]), fields)


def _social(random: np.random.Generator, day: PersonDay, at: int) -> Broken:
    fields = {**_online_fields(random, day, at), "interaction_type": "follow"}
    if random.random() < 0.3:
        return Broken("social-events", "follow", json_message(fields), "follows_nobody", "social/interactions")
    return _spoiled(random, "social-events", "follow", {**fields, "target_user_id": "user-00001", "content_id": "x"})


def _coach(random: np.random.Generator, day: PersonDay, at: int) -> Broken:
    conversation = uuids(random, 1)[0]
    optional = dict.fromkeys(("intent", "text", "tokens", "latency_ms", "rating"))
    fields = {**optional, **_online_fields(random, day, at), "conversation_id": conversation, "role": "user"}
    kind, message = (
        ("wrong_magic_byte", b"\x07" + wire_format(fields)[1:]),
        ("unknown_schema", wire_format(fields, SCHEMA_ID + 98)),
        ("cut_off_avro", wire_format(fields)[:20]),
        ("unknown_role", wire_format({**fields, "role": "parrot"})),
    )[int(random.integers(4))]
    return Broken("ai-interactions", conversation, message, kind)


MAKERS = {
    "health-metrics": _health,
    "workout-data": _workout,
    "user-events": _usage,
    "social-events": _social,
    "ai-interactions": _coach,
}


def broken_messages(random: np.random.Generator, day: PersonDay, topics: tuple[str, ...]) -> Iterator[Broken]:
    """The bad messages of a person day on these topics, at instants between the real ones'."""
    used = {parcel.topic for parcel in [*day.workout_parcels, *day.online]} | {"health-metrics"}
    for topic in topics:
        share, every = SHARE_OF_DAYS[topic]
        if topic in used and day.number % every == 0 and random.random() < share:
            at = day.noon + int(random.integers(-6 * 3600, 6 * 3600)) * 1000 + int(random.integers(1, 1000))
            yield MAKERS[topic](random, day, at)
