"""Events as bytes: columns of readings → one JSON text each, in the Kafka topics' shapes.

JSON is written by template: `json.dumps` of a dict for each of two million events takes four times as long.
"""

import json
from dataclasses import dataclass

import numpy as np

from local_stack.simulator.places import HOUR, MINUTE
from local_stack.simulator.readings import TOPIC, Readings


@dataclass(frozen=True)
class Parcel:
    """Messages of one topic and key, in the order in which they are sent.

    `late` says of each whether it was sent more than an hour after it happened; None: none was.
    """

    topic: str
    key: str
    messages: list[bytes]
    late: np.ndarray | None = None


def texts(instants: np.ndarray) -> list[str]:
    """`2025-03-24T07:15:03`, with milliseconds where any instant (ms) has them."""
    unit = "ms" if (instants % 1000).any() else "s"
    written = np.datetime_as_string(instants.astype("datetime64[ms]").astype(f"datetime64[{unit}]"))
    return [str(text) for text in written.tolist()]


def offset_text(minutes: int) -> str:
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    return f"{sign}{size // 60:02d}:{size % 60:02d}"


def local_texts(instants: np.ndarray, offsets: np.ndarray, *, writes_offset: bool = True) -> list[str]:
    """RFC 3339 with the offset on the wrist; from a sender that does not know it, in UTC with `Z`."""
    if not writes_offset:
        return [f"{text}Z" for text in texts(instants)]
    suffix = {minutes: offset_text(minutes) for minutes in np.unique(offsets).tolist()}
    local = texts(instants + offsets * MINUTE)
    return [f"{text}{suffix[minutes]}" for text, minutes in zip(local, offsets.tolist(), strict=True)]


def local_text(instant: int, offset: int, *, writes_offset: bool = True) -> str:
    """One instant, as `local_texts` writes it."""
    return local_texts(np.array([instant]), np.array([offset]), writes_offset=writes_offset)[0]


def utc_text(instant: int) -> str:
    return f"{texts(np.array([instant]))[0]}Z"


def _more_fields(of: Readings) -> list[str]:
    """The text between measured_at and sent_at: what only some metrics have."""
    if of.ends is None:
        return [""] * len(of)
    ends = local_texts(of.ends, of.offsets, writes_offset=of.device.writes_offset)
    kind = f',"energy_type":"{of.energy_type}"' if of.energy_type else ""
    if not of.stages:
        return [f',"interval_end":"{end}"{kind}' for end in ends]
    return [
        f',"interval_end":"{end}","sleep_stage":"{stage}","sleep_session_id":"{session}"'
        for end, stage, session in zip(ends, of.stages, of.sessions, strict=True)
    ]


def health_messages(of: Readings) -> list[bytes]:
    """The JSON of each reading."""
    head = f'","device_id":"{of.device.device_id}","metric_type":"{of.metric}","value":'
    middle = f',"unit":"{of.unit}","measured_at":"'
    tail = f'Z","source_app":"{of.device.app}"}}'
    starts = local_texts(of.starts, of.offsets, writes_offset=of.device.writes_offset)
    columns = zip(of.event_ids, of.values.tolist(), starts, _more_fields(of), texts(of.sent), strict=True)
    return [
        f'{{"event_id":"{event_id}{head}{value}{middle}{start}"{more},"sent_at":"{sent}{tail}'.encode()
        for event_id, value, start, more, sent in columns
    ]


def health_parcel(of: Readings) -> Parcel:
    return Parcel(TOPIC, of.key, health_messages(of), of.sent - of.starts > HOUR)


def json_message(fields: dict[str, object]) -> bytes:
    """One event as JSON, without the fields that are None."""
    known = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode()
