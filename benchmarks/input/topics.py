"""A size of the benchmark in Kafka: so many events, sent once into the topics of the contracts.

What is there is counted, and a note says which events they are: a fill that was interrupted, or of events that are
made in another way now, begins anew on empty topics.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from tenacity import retry, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from benchmarks.input import events, messages, people
from lake_layout.profile import profile
from local_stack import kafka

_MOST_WAITING = 200_000


class NotFilled(Exception):
    """Kafka did not take all events."""


def fill(seed: int, count: int, tell: Callable[[int], None]) -> None:
    """Make the topics hold `count` events, of whole chunks; `tell` hears how many have been sent."""
    if count % events.CHUNK:
        raise ValueError(f"{count} events are not whole chunks of {events.CHUNK}")
    held = sum(last - first for first, last in spans().values())
    note, wanted = profile().home / "bench" / "events", f"{count} {seed} {_edition()}"
    if held == count and note.exists() and note.read_text() == wanted:
        return
    if held:
        _empty()
    kafka.create_topics()
    refused: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error:
            refused.append(error)

    producer = Producer(profile().kafka_client | _FAST)
    for number in range(count // events.CHUNK):
        for sent in messages.chunk(seed, number):
            for key, value in zip(sent.keys, sent.values, strict=True):
                producer.produce(sent.topic, value=value, key=key, on_delivery=delivered)
            while len(producer) > _MOST_WAITING:
                producer.poll(1)
            producer.poll(0)
        tell((number + 1) * events.CHUNK)
    left = producer.flush(profile().timeouts.kafka_read)
    if refused or left:
        raise NotFilled(f"{len(refused) + left} of {count} events did not reach Kafka: {refused[:1]}")
    note.parent.mkdir(exist_ok=True)
    note.write_text(wanted)


def _edition() -> str:
    """Of the code that makes the events."""
    return sha256(b"".join(Path(str(of.__file__)).read_bytes() for of in (events, messages, people))).hexdigest()


_FAST = {
    "partitioner": "murmur2_random",
    "enable.idempotence": True,
    "compression.type": "lz4",
    "linger.ms": 50,
    "delivery.report.only.error": True,
    "batch.num.messages": 20_000,
    "queue.buffering.max.messages": 1_000_000,
}


# A broker that has just come up may not lead its partitions yet.
@retry(retry=retry_if_exception_type(KafkaException), stop=stop_after_delay(30), wait=wait_fixed(0.5), reraise=True)
def spans() -> dict[tuple[str, int], tuple[int, int]]:
    """Topic and partition → first offset and the one after the last; a topic that is not there has none."""
    consumer = Consumer({**profile().kafka_client, "group.id": "bench", "enable.auto.commit": False})
    try:
        known = consumer.list_topics(timeout=profile().timeouts.connect).topics
        wanted = [TopicPartition(name, p) for name in events.SHARES if name in known for p in known[name].partitions]
        return {
            (of.topic, of.partition): consumer.get_watermark_offsets(of, timeout=profile().timeouts.connect)
            for of in wanted
        }
    finally:
        consumer.close()


def _empty() -> None:
    """Delete the topics, and wait until they are gone."""
    admin = AdminClient(profile().kafka_client)
    for gone in admin.delete_topics(list(events.SHARES)).values():
        gone.result(timeout=profile().timeouts.connect)
    retry(retry=retry_if_result(bool), stop=stop_after_delay(profile().timeouts.kafka_read), wait=wait_fixed(0.2))(
        spans
    )()
