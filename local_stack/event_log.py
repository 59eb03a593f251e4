"""Sending to Kafka: parcels of messages → topics, with the keys' murmur2 partitions and in order for each key."""

from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from lake_layout.profile import profile
from local_stack.kafka import check
from local_stack.service import NotReady
from local_stack.simulator.messages import Parcel

MOST_WAITING = 100_000


class NotDelivered(Exception):
    """Kafka did not take some messages."""


def ready() -> None:
    """Raise NotReady, at once, where no broker answers: a producer would try for minutes."""
    try:
        check()
    except (NotReady, KafkaException) as error:
        raise NotReady(f"Kafka at {profile().kafka.bootstrap} does not answer: lake up kafka postgres") from error


def send(parcels: Iterable[Parcel]) -> int:
    """Send all messages and wait until the broker has them; returns how many.

    Raises NotDelivered with the first error.
    """
    errors: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error:
            errors.append(error)

    producer = Producer(
        profile().kafka_client
        | {
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 50,
            "log_level": 3,
            "delivery.report.only.error": True,
            "batch.num.messages": 20_000,
            "queue.buffering.max.messages": 1_000_000,
            "message.timeout.ms": profile().timeouts.kafka_read * 1000,
        }
    )
    sent = 0
    for parcel in parcels:
        key = parcel.key.encode()
        for message in parcel.messages:
            producer.produce(parcel.topic, value=message, key=key, on_delivery=delivered)
        sent += len(parcel.messages)
        while len(producer) > MOST_WAITING:
            producer.poll(1)
        producer.poll(0)
    left = producer.flush(profile().timeouts.kafka_read)
    if errors or left:
        raise NotDelivered(_undelivered(len(errors) + left, sent, errors))
    return sent


def _undelivered(lost: int, sent: int, errors: list[KafkaError]) -> str:
    first = f": {errors[0].str()}" if errors else ""
    return (
        f"{lost} of {sent} messages did not reach {profile().kafka.bootstrap}{first}. "
        "`lake status` tells how Kafka is; then send them again, what is sent twice counts once"
    )
