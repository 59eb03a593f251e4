"""A broker, a database and a Spark server of these tests' own, and the topics and tables they fill."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from lake_layout.contracts import Contract, KafkaLog
from lake_layout.profile import profile

PORT_OFFSET = "850"


@contextmanager
def running(home: Path) -> Iterator[dict[str, str]]:
    """The environment under which the profile points at the running services."""
    environment = {
        "LAKE_HOME": str(home),
        "LAKE_PORT_OFFSET": PORT_OFFSET,
        "LAKE_SPARK__DRIVER_MEMORY": "1g",
        "LAKE_SPARK__MASTER": "local[2]",
        "LAKE_S3__ENABLED": "false",
    }
    shutil.rmtree(home, ignore_errors=True)
    try:
        _lake(environment, "up", "postgres", "kafka", "spark")
        yield environment
    finally:
        _lake(environment, "down")
        shutil.rmtree(home, ignore_errors=True)


def _lake(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "lake_cli", *arguments]
    subprocess.run(command, check=True, env={**os.environ, **environment}, timeout=300)


def with_topic(of: Contract, partitions: int = 2) -> Contract:
    """The contract on a new, empty topic."""
    assert isinstance(of.origin, KafkaLog)
    topic = f"{of.origin.topic}-{uuid.uuid4().hex[:8]}"
    moved = of.model_copy(update={"origin": of.origin.model_copy(update={"topic": topic})})
    ensure_topic(moved, partitions)
    return moved


def ensure_topic(of: Contract, partitions: int = 2) -> None:
    """Make the contract's topic unless it is there."""
    assert isinstance(of.origin, KafkaLog)
    admin = AdminClient(profile().kafka_client)
    made = admin.create_topics([NewTopic(of.origin.topic, partitions, 1)])
    try:
        made[of.origin.topic].result(timeout=30)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def produce(of: Contract, values: list[str], partition: int | None = None) -> None:
    """Send values to the contract's topic, to one partition or spread over all."""
    assert isinstance(of.origin, KafkaLog)
    producer = Producer({**profile().kafka_client, "queue.buffering.max.messages": len(values) + 1})
    where = {} if partition is None else {"partition": partition}
    for value in values:
        producer.produce(of.origin.topic, value, **where)
    assert producer.flush(60) == 0


def sql(*statements: str) -> None:
    """Run statements in the application database."""
    settings = profile()
    dsn = settings.postgres_dsn(settings.postgres.app_database)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
