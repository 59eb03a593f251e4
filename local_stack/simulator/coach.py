"""Conversations with the AI coach → Avro in the Confluent wire format: 0x00, four bytes of schema id, the body."""

import io
import json
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import fastavro
import numpy as np

from lake_layout.schemas import schema_path
from local_stack.simulator.body import Day
from local_stack.simulator.messages import Parcel, local_text, utc_text
from local_stack.simulator.people import Person
from local_stack.simulator.randomness import stream, uuids

TOPIC = "ai-interactions"
SCHEMA_ID = 1
TALKS = {
    "sleep_advice": ("Why do I wake up so early?", "Your bedtime moved by an hour this week; try to keep it steady."),
    "plan_workout": (
        "Plan me an easy 30 minutes for tomorrow",
        "Easy run, 30 minutes, heart rate below 140. Übertreib es nicht.",
    ),
    "goal_review": ("Am I on track for my goal?", "You are at 71 % with two days to go."),
    "nutrition": ("What shall I eat before a run?", "Something light with carbohydrates, two hours before. 🍌"),
    "small_talk": ("Thanks!", "You are welcome."),
}


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation; `offset` in minutes."""

    event_id: str
    conversation_id: str
    user_id: str
    role: str
    intent: str
    text: str
    tokens: int
    latency_ms: int | None
    rating: int | None
    at: int
    offset: int


@lru_cache
def _schema(schema_id: int) -> Any:
    return fastavro.parse_schema(json.loads(schema_path(TOPIC, schema_id).read_text()))


def wire_format(fields: dict[str, object], schema_id: int = SCHEMA_ID) -> bytes:
    """One record as the Confluent serializers write it."""
    body = io.BytesIO()
    fastavro.schemaless_writer(body, _schema(SCHEMA_ID), fields)
    return struct.pack(">bI", 0, schema_id) + body.getvalue()


def _turns(random: np.random.Generator, at: int) -> list[dict[str, object]]:
    """Question and answer in turn, from `at` (ms)."""
    turns: list[dict[str, object]] = []
    for _ in range(1 + int(random.poisson(1))):
        intent = list(TALKS)[int(random.integers(len(TALKS)))]
        question, answer = TALKS[intent]
        latency = int(random.lognormal(7, 0.4))
        rating = int(random.integers(1, 6)) if random.random() < 0.3 else None
        asked = {"role": "user", "text": question, "tokens": len(question) // 4, "at": at}
        answered = {"role": "coach", "text": answer, "tokens": len(answer) // 4, "at": at + latency}
        turns.append({"intent": intent, **asked, "latency_ms": None, "rating": None})
        turns.append({"intent": intent, **answered, "latency_ms": latency, "rating": rating})
        at += latency + int(random.integers(5_000, 90_000))
    return turns


def conversation_of(seed: int, who: Person, day: Day) -> list[Turn]:
    """The turns of a life day's conversation, none where there is none."""
    random = stream(seed, "coach", who.number, day.life.date)
    if random.random() > 0.3:
        return []
    begins, ends = day.night.wake_at, min(day.next_night.bed_at, day.life.ends_at) - 600_000
    turns = _turns(random, int(random.integers(begins, ends)))
    conversation, *event_ids = uuids(random, 1 + len(turns))
    offsets = day.life.offsets(np.array([turn["at"] for turn in turns])).tolist()
    return [
        Turn(event_id=event_id, conversation_id=conversation, user_id=who.user_id, offset=offset, **turn)  # type: ignore[arg-type]
        for event_id, offset, turn in zip(event_ids, offsets, turns, strict=True)
    ]


def coach_parcel(turns: list[Turn]) -> Parcel:
    """The messages of one conversation."""
    return Parcel(TOPIC, turns[0].conversation_id, [_message(turn) for turn in turns])


def _message(of: Turn) -> bytes:
    told = {name: value for name, value in vars(of).items() if name not in ("at", "offset")}
    times = {"occurred_at": local_text(of.at, of.offset), "sent_at": utc_text(of.at + 300)}
    return wire_format({**told, **times})
