"""A size of the benchmark in Kafka: so many events, sent once into the topics of the contracts.

What is there is counted, and a note says which events they are: a fill that was interrupted, or of events that are
made in another way now, begins anew on empty topics.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from tenacity import retry, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from benchmarks.input import events, messages, people
from benchmarks.input.messages import Messages
from lake_layout.profile import profile
from local_stack import kafka

_MOST_WAITING = 200_000
SHARED = 100


class NotFilled(Exception):
    """Kafka did not take all events."""


def fill(seed: int, count: int, tell: Callable[[int], None]) -> None:
    """Make the topics hold `count` events, of which each topic has its share; `tell` hears how many have been sent."""
    if count % SHARED:
        raise ValueError(f"{count} events cannot be shared out: choose a multiple of {SHARED}")
    held = sum(last - first for first, last in spans().values())
    note, wanted = _note(), f"{count} {seed} {_edition()}"
    if held == count and note.exists() and note.read_text() == wanted:
        return
    if held:
        _delete()
    kafka.create_topics()
    send(_chunks(seed, count, tell))
    note.parent.mkdir(exist_ok=True)
    note.write_text(wanted)


def _chunks(seed: int, count: int, tell: Callable[[int], None]) -> Iterator[Messages]:
    for number, size in events.chunks(count):
        yield from messages.chunk(seed, number, size)
        tell(number * events.CHUNK + size)


def send(told: Iterable[Messages]) -> None:
    """Messages → their topics, in order. Raises NotFilled where Kafka does not take all."""
    refused: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error:
            refused.append(error)

    producer = Producer(profile().kafka_client | _FAST)
    for sent in told:
        for key, value in zip(sent.keys, sent.values, strict=True):
            producer.produce(sent.topic, value=value, key=key, on_delivery=delivered)
        while len(producer) > _MOST_WAITING:
            producer.poll(1)
        producer.poll(0)
    left = producer.flush(profile().timeouts.kafka_read)
    if refused or left:
        raise NotFilled(f"{len(refused) + left} events did not reach Kafka: {refused[:1]}")


def empty() -> None:
    """Make the topics hold nothing: the log goes on where it ends, so a lake can take up there what is sent next."""
    _note().unlink(missing_ok=True)
    kafka.create_topics()
    ends = [TopicPartition(*at, last) for at, (first, last) in spans().items() if last > first]
    # An answer comes only while there is somebody who asked.
    admin = AdminClient(profile().kafka_client)
    for gone in admin.delete_records(ends).values() if ends else ():
        gone.result(timeout=profile().timeouts.connect)


def _note() -> Path:
    return profile().home / "bench" / "events"


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


def _delete() -> None:
    """Delete the topics, and wait until they are gone."""
    admin = AdminClient(profile().kafka_client)
    for gone in admin.delete_topics(list(events.SHARES)).values():
        gone.result(timeout=profile().timeouts.connect)
    retry(retry=retry_if_result(bool), stop=stop_after_delay(profile().timeouts.kafka_read), wait=wait_fixed(0.2))(
        spans
    )()
