"""What the Kafka broker says: which offsets a topic has and keeps, and how clients of it sign in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec

from lake_layout.profile import profile
from spark_jobs.halt import Halt

Offsets = dict[int, int]
# Spark asks for a partition's ends after every poll, and the broker answers that only when a fetch that waits at
# the end of the log is over: half a second for each partition, unless polls are few and fetches do not wait.
_FETCHING = {
    "kafka.max.poll.records": "20000",
    "kafka.max.partition.fetch.bytes": str(8 * 1024 * 1024),
    "kafka.fetch.max.wait.ms": "10",
}
_LASTING = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.TOPIC_EXCEPTION)
_LOGIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule required"


def offsets(topic: str) -> tuple[Offsets, Offsets]:
    """First offset and end (exclusive) of every partition; the end is that of committed transactions.

    Raises Halt for a topic that the broker does not have and ConnectionError if it does not answer.
    """
    with _asked() as (client, seconds):
        found = client.list_topics(topic, timeout=seconds).topics[topic]
        if found.error is not None:
            raise fault(topic, found.error)
        partitions = [TopicPartition(topic, partition) for partition in found.partitions]
        first, end = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
        return _ask(client, partitions, first), _ask(client, partitions, end)


def topic_id(topic: str) -> str:
    """The broker's own name for the topic, another one when it is made anew. Raises ConnectionError."""
    with _asked() as (client, seconds):
        found = client.describe_topics(TopicCollection([topic]), request_timeout=seconds)[topic].result(seconds)
    return str(found.topic_id)


@contextmanager
def _asked() -> Iterator[tuple[AdminClient, int]]:
    """A client and the seconds that it may take. Raises ConnectionError for what the library raises."""
    # Faults come as exceptions; the library's own lines on stderr say them again.
    client = AdminClient({**profile().kafka_client, "log_level": 0})
    try:
        yield client, profile().timeouts.connect
    except KafkaException as error:
        raise _away(error.args[0].str()) from error


def _away(words: str) -> ConnectionError:
    return ConnectionError(f"Kafka at {profile().kafka.bootstrap}: {words}")


def fault(topic: str, error: KafkaError) -> Exception:
    """What an error of a topic means: Halt for one that lasts, else ConnectionError, as of a leader not yet chosen."""
    if error.code() in _LASTING:
        return Halt(f"the broker has no topic {topic} ({error.str()})")
    return _away(f"topic {topic}: {error.str()}")


def _ask(client: AdminClient, partitions: list[TopicPartition], spec: OffsetSpec) -> Offsets:
    futures = client.list_offsets(
        dict.fromkeys(partitions, spec),
        isolation_level=IsolationLevel.READ_COMMITTED,
        request_timeout=profile().timeouts.connect,
    )
    return {asked.partition: future.result().offset for asked, future in futures.items()}


def offsets_json(topic: str, of: Offsets) -> str:
    """Offsets in the form that Spark's Kafka source reads."""
    return json.dumps({topic: {str(partition): offset for partition, offset in of.items()}})


def spark_options() -> dict[str, str]:
    """Options of Spark's Kafka source; they carry the password, so they never belong in a log."""
    settings = profile().kafka
    options = {
        **_FETCHING,
        "kafka.bootstrap.servers": settings.bootstrap,
        "kafka.security.protocol": settings.security_protocol,
        "kafka.isolation.level": "read_committed",
        "kafkaConsumer.pollTimeoutMs": str(profile().timeouts.kafka_read * 1000),
    }
    if settings.security_protocol.startswith("SASL"):
        password = settings.password.get_secret_value()
        options |= {
            "kafka.sasl.mechanism": "PLAIN",
            "kafka.sasl.jaas.config": f'{_LOGIN_MODULE} username="{settings.user}" password="{password}";',
        }
    return options


def retention(topic: str) -> timedelta | None:
    """How long the broker keeps a record of the topic by age; None for ever."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    with _asked() as (client, seconds):
        settings = client.describe_configs([resource], request_timeout=seconds)[resource].result(seconds)
    milliseconds = int(settings["retention.ms"].value)
    return None if milliseconds < 0 else timedelta(milliseconds=milliseconds)


@dataclass(frozen=True)
class Record:
    """Where a record stands, and when the log took it."""

    offset: int
    logged_at: datetime


class Probe:
    """Looks at single records of a topic, without their content; a context manager."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._consumer = Consumer(
            {
                **profile().kafka_client,
                "group.id": "lake-verify",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "log_level": 0,
            }
        )

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def at_or_after(self, partition: int, offset: int) -> Record | None:
        """The first committed record from an offset on; None where the log ends without one.

        Raises ConnectionError if the broker does not answer in time.
        """
        self._consumer.assign([TopicPartition(self._topic, partition, offset)])
        message = self._consumer.poll(profile().timeouts.kafka_read)
        if message is None:
            raise _away(f"{self._topic} gave no answer")
        if (error := message.error()) is None:
            _, milliseconds = message.timestamp()
            return Record(int(message.offset() or 0), datetime.fromtimestamp(milliseconds / 1000, UTC))
        if error.code() == KafkaError._PARTITION_EOF:
            return None
        raise fault(self._topic, error)
