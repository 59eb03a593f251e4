"""Events as Kafka messages: columns → keys and JSON or Avro, and into their topics.

JSON has 350 to 500 bytes, a third of them fields that no contract knows. The coach speaks Avro in the Confluent wire
format. DuckDB writes the texts: a million messages take seconds.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import fastavro
import pyarrow as pa

from benchmarks.input import events
from lake_layout import schemas


@dataclass(frozen=True)
class Messages:
    """Messages of one topic, in the order in which they are sent."""

    topic: str
    keys: list[str]
    values: list[bytes]


def chunk(seed: int, number: int, count: int = events.CHUNK, days: events.Days = events.WEEK) -> Iterator[Messages]:
    """The messages of one chunk, topic by topic."""
    for topic in events.SHARES:
        yield of_topic(seed, topic, number, count, days)


def of_topic(
    seed: int, topic: str, number: int, count: int = events.CHUNK, days: events.Days = events.WEEK
) -> Messages:
    """Those of one topic."""
    with duckdb.connect() as database:
        database.register("told", events.columns(seed, topic, number, count, days))
        if topic == _AVRO_TOPIC:
            return _avro(database.sql(_COACH).to_arrow_table())
        rows = database.sql(_with_flaws(_SQL[topic])).to_arrow_table()
        return Messages(topic, rows["key"].to_pylist(), rows["value"].to_pylist())


_AVRO_TOPIC = "ai-interactions"


def _avro(rows: pa.Table) -> Messages:
    """The rows by the schema of version 1; those of flaw 1 lack the magic byte."""
    schema = fastavro.parse_schema(json.loads(schemas.schema_path(_AVRO_TOPIC, 1).read_text()))
    values = []
    for row in rows.to_pylist():
        body = io.BytesIO()
        body.write((b"\x01" if row.pop("flaw") == 1 else b"\x00") + (1).to_bytes(4, "big"))
        fastavro.schemaless_writer(body, schema, row)
        values.append(body.getvalue())
    return Messages(_AVRO_TOPIC, rows["conversation_id"].to_pylist(), values)


_INSTANT = f"make_timestamp(({int(events.FIRST_DAY.timestamp() * 1000)} + {{}}) * 1000)"


def _text(milliseconds: str) -> str:
    return f"strftime({_INSTANT.format(milliseconds)}, '%Y-%m-%dT%H:%M:%S.%g')"


def _local(at: str) -> str:
    """An instant as it is written on the wrist: with the offset, or in UTC where the sender does not know it."""
    sign = "CASE WHEN offset_minutes < 0 THEN '-' ELSE '+' END"
    offset = f"{sign} || printf('%02d:%02d', abs(offset_minutes) // 60, abs(offset_minutes) % 60)"
    return (
        f"CASE WHEN knows_offset THEN {_text(f'{at} + offset_minutes * 60000')} || {offset} ELSE {_text(at)} || 'Z' END"
    )


_ID = "printf('%08x-%04x-4%03x-a%03x-%012x', id_high & 4294967295, (id_high >> 32) & 65535, (id_high >> 48) & 4095,"
_ID += " id_low & 4095, (id_low >> 12) & 281474976710655)"
_EVENT_ID = f"CASE WHEN flaw = 2 THEN '' ELSE {_ID} END"
_AT = f"CASE WHEN flaw = 4 THEN 'yesterday' ELSE {_local('at_ms')} END"
_SENT = f"{_text('at_ms + delay')} || 'Z'"
_CLIENT = (
    '\'"client":{"build":\' || build || \',"network":"wifi","locale":"de-DE","os":"17.5.1","battery":0.71,'
    '"foreground":true,"trace":"\' || printf(\'%016x%016x\', id_low, id_high) || \'"}}\''
)


def _json(**fields: str) -> str:
    """SQL of a JSON text; a field is SQL of a text, or with a `#` before it, of a number; null leaves it out."""
    parts = []
    for name, of in fields.items():
        value = f"{of[1:]} || ','" if of.startswith("#") else f"'\"' || {of} || '\",'"
        parts.append(f"coalesce('\"{name}\":' || {value}, '')")
    return f"'{{' || {' || '.join(parts)} || {_CLIENT}"


def _with_flaws(sql: str) -> str:
    cut = "CASE WHEN flaw = 1 THEN left(text, length(text) // 2) ELSE text END"
    return f"SELECT key, encode({cut}) AS value FROM ({sql}) ORDER BY nth"


_KIND = "CASE WHEN flaw = 3 THEN '?' ELSE {} END"
_USER = "printf('u-%06d', {})"
_DEVICE = "printf('d-%06d-%d', person, device)"
_PHONE = "printf('d-%06d-1', person)"
_WORKOUT = "printf('w-%d-%d', chunk, bunch)"
_SQL = {
    "health-metrics": f"""SELECT nth, flaw, {_DEVICE} || '|' || metric AS key, {
        _json(
            event_id=_EVENT_ID,
            device_id=_DEVICE,
            metric_type=_KIND.format("metric"),
            value="#value",
            unit="unit",
            measured_at=_AT,
            interval_end=f"CASE WHEN lasts > 0 THEN {_text('at_ms + lasts')} || 'Z' END",
            energy_type="CASE WHEN metric = 'energy' THEN 'active' END",
            sent_at=_SENT,
            source_app="'wrist ' || build // 1000",
        )
    } AS text FROM told""",
    "workout-data": f"""SELECT nth, flaw, {_WORKOUT} AS key, {
        _json(
            event_id=_EVENT_ID,
            workout_session_id=_WORKOUT,
            user_id=_USER.format("person"),
            device_id=_PHONE,
            event_type=_KIND.format("kind"),
            activity_type="CASE WHEN kind = 'started' THEN 'running' END",
            occurred_at=_AT,
            sent_at=_SENT,
            heart_rate_bpm="#CASE WHEN kind = 'sample' THEN beats END",
            distance_m="#CASE WHEN kind <> 'started' THEN distance END",
            latitude="#latitude",
            longitude="#-latitude",
            lap="#CASE WHEN kind = 'lap' THEN 1 END",
        )
    } AS text FROM told""",
    "user-events": f"""SELECT nth, flaw, {_USER.format("person")} AS key, {
        _json(
            event_id=_EVENT_ID,
            user_id=_USER.format("person"),
            event_type=_KIND.format("kind"),
            occurred_at=_AT,
            sent_at=_SENT,
            screen="CASE WHEN kind = 'screen_viewed' THEN 'screen ' || screen END",
            platform="['ios', 'android', 'web'][platform + 1]",
            app_version="'5.' || build // 1000",
        )
    } AS text FROM told""",
    "social-events": f"""SELECT nth, flaw, kind AS key, {
        _json(
            event_id=_EVENT_ID,
            interaction_type=_KIND.format("kind"),
            user_id=_USER.format("person"),
            target_user_id=f"CASE WHEN kind NOT LIKE '%group' THEN {_USER.format('target')} END",
            group_id="CASE WHEN kind LIKE '%group' THEN 'g-' || group_number END",
            content_id="CASE WHEN kind IN ('like', 'comment', 'share') THEN 'p-' || content END",
            occurred_at=_AT,
            sent_at=_SENT,
        )
    } AS text FROM told""",
}
_COACH = f"""SELECT printf('c-%d-%d', chunk, bunch) AS conversation_id, {_EVENT_ID} AS event_id,
    {_USER.format("person")} AS user_id, flaw,
    CASE WHEN flaw = 3 THEN 'robot' WHEN place % 2 = 0 THEN 'user' ELSE 'coach' END AS role, intent, text,
    tokens::INT AS tokens, CASE WHEN place % 2 = 1 THEN latency::INT END AS latency_ms,
    CASE WHEN rating <= 5 THEN rating::INT END AS rating, {_AT} AS occurred_at, {_SENT} AS sent_at
FROM told ORDER BY nth"""
