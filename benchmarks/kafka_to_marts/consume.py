"""Kafka → raw Delta tables without Spark: confluent-kafka and delta-rs, in several processes."""

import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import Consumer, Message, TopicPartition
from deltalake import CommitProperties, write_deltalake

from benchmarks.input import topics
from benchmarks.kafka_to_marts import tables
from lake_layout import tables as layout
from lake_layout.contracts import Contract, KafkaLog, Zone, contract
from lake_layout.profile import profile
from spark_jobs import storage

_WORKERS = 2
_AT_ONCE = 20_000
_COMMIT = 500_000
_SCHEMA = pa.schema(
    {
        "_landed_date": pa.date32(),
        "_origin": pa.string(),
        "_partition": pa.int32(),
        "_offset": pa.int64(),
        "_logged_at": pa.timestamp("ms", "UTC"),
        "_key": pa.binary(),
        "_value": pa.binary(),
    }
)
_SETTINGS = {
    "group.id": "bench",
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "fetch.max.bytes": 64 * 1024 * 1024,
    "max.partition.fetch.bytes": 8 * 1024 * 1024,
    "queued.max.messages.kbytes": 256 * 1024,
}


def land() -> None:
    """Land all that the topics hold, each process its share of the partitions."""
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(_land_share, worker) for worker in range(_WORKERS)]:
            done.result()


def _land_share(worker: int) -> None:
    """Land what every n-th partition of all topics holds."""
    of_topic = {of.origin.topic: of for of in map(contract, tables.SOURCES) if isinstance(of.origin, KafkaLog)}
    wanted = {(t, p): span for (t, p), span in sorted(topics.spans().items()) if p % _WORKERS == worker}
    left = sum(last - first for first, last in wanted.values())
    total = left
    consumer = Consumer({**profile().kafka_client, **_SETTINGS})
    consumer.assign([TopicPartition(topic, p, first) for (topic, p), (first, last) in wanted.items() if last > first])
    held: dict[str, list[Message]] = {topic: [] for topic in of_topic}
    while left:
        found = consumer.consume(min(_AT_ONCE, left), timeout=profile().timeouts.kafka_read)
        if not found:
            raise TimeoutError(f"{left} of {total} records did not come")
        for message in found:
            if message.error():
                raise RuntimeError(str(message.error()))
            held[str(message.topic())].append(message)
        left -= len(found)
        for topic, messages in held.items():
            if messages and (not left or len(messages) >= _COMMIT):
                _append(of_topic[topic], messages)
                held[topic] = []
    consumer.close()


def _append(of: Contract, messages: list[Message]) -> None:
    """One commit that carries the offsets after it."""
    today: date = datetime.now(UTC).date()
    count = len(messages)
    columns = [
        pa.array([today] * count, pa.date32()),
        pa.array([message.topic() for message in messages]),
        pa.array([message.partition() for message in messages], pa.int32()),
        pa.array([message.offset() for message in messages]),
        pa.array([message.timestamp()[1] for message in messages], pa.timestamp("ms", "UTC")),
        pa.array([message.key() for message in messages], pa.binary()),
        pa.array([message.value() for message in messages], pa.binary()),
    ]
    rows = pa.table(columns, schema=_SCHEMA)
    # Of a partition the last message counts.
    offsets = dict(zip(rows["_partition"].to_pylist(), pc.add(rows["_offset"], 1).to_pylist(), strict=True))
    path = storage.local_path(layout.path(of, Zone.RAW))
    assert path
    positions = CommitProperties(custom_metadata={"offsets": json.dumps(offsets)})
    write_deltalake(path, rows, mode="append", partition_by=["_landed_date"], commit_properties=positions)
