"""What cannot be undercut: each step by itself, by what does it fastest here, with nothing around it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Consumer, TopicPartition

from benchmarks import warehouses
from benchmarks.input import events, messages, topics
from benchmarks.publish import MART, prepared, rows_in_memory
from benchmarks.workloads import Given
from lake_layout.contracts import contract
from lake_layout.profile import profile

_TOPIC = "health-metrics"
_AT_ONCE = 50_000
_PARSE = """SELECT count(f.event_id), count(f.device_id), count(f.metric_type), count(f.value), count(f.measured_at)
FROM (SELECT from_json(CASE WHEN json_valid(text) THEN text END,
    '{"event_id": "VARCHAR", "device_id": "VARCHAR", "metric_type": "VARCHAR", "value": "DOUBLE",
      "unit": "VARCHAR", "measured_at": "VARCHAR", "interval_end": "VARCHAR", "sent_at": "VARCHAR"}') AS f
    FROM texts)"""


class Floors:
    """Steps on their own: the seconds of a pipeline are held against them."""

    @classmethod
    def prepare(cls, given: Given) -> None:
        warehouses.reset([MART])
        prepared(given.events)
        path = _texts()
        if not path.exists():
            chunks = (messages.of_topic(1, _TOPIC, number, size) for number, size in events.chunks(given.events))
            texts = [value.decode() for chunk in chunks for value in chunk.values]
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table({"text": texts}), path)

    def stages(self) -> dict[str, Callable[[], None]]:
        return {
            "consume Kafka": _consume,
            "parse JSON": self._parse,
            "encode Parquet": self._encode,
            "COPY": lambda: warehouses.copy_into_postgres(contract(MART), self.rows),
            "insert": lambda: warehouses.insert_into_clickhouse(contract(MART), self.rows),
        }

    def __init__(self) -> None:
        self.database = duckdb.connect()
        self.database.execute(f"CREATE TEMP TABLE texts AS FROM '{_texts()}'")
        self.rows = rows_in_memory()

    def _parse(self) -> None:
        self.database.sql(_PARSE).fetchall()

    def _encode(self) -> None:
        pq.write_table(self.rows, io.BytesIO(), compression="zstd")

    def told(self) -> dict[str, Any]:
        [(texts,)] = self.database.sql("SELECT count(*) FROM texts").fetchall()
        return {"checksums": {}, "rows": {"parse JSON": texts, "encode Parquet": len(self.rows)}}


def _texts() -> Path:
    return profile().home / "bench" / f"{_TOPIC}.parquet"


def _consume() -> None:
    """All records of all topics, one after another."""
    consumer = Consumer({**profile().kafka_client, "group.id": "floor", "enable.auto.commit": False})
    spans = topics.spans()
    left = sum(last - first for first, last in spans.values())
    consumer.assign([TopicPartition(*at, first) for at, (first, last) in spans.items() if last > first])
    while left:
        found = consumer.consume(min(_AT_ONCE, left), timeout=profile().timeouts.kafka_read)
        if not found:
            raise TimeoutError(f"{left} records did not come")
        left -= len(found)
    consumer.close()
