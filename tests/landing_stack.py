"""A broker and a database beside the tests' Spark server, and the topics and tables that tests fill."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic
from pyspark.sql import SparkSession
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout import run_ledger, tables
from lake_layout.contracts import Contract, KafkaLog, Zone
from lake_layout.profile import profile
from local_stack import kafka
from spark_jobs import read, storage
from spark_jobs.raw import checksum, kafka_log

PORT_OFFSET = "850"
NOTHING = {"batches": 0, "rows": 0}


@contextmanager
def running(home: Path, spark: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment under which the profile points at the running services, and at the Spark server given."""
    environment = {"LAKE_HOME": str(home), "LAKE_PORT_OFFSET": PORT_OFFSET, "LAKE_S3__ENABLED": "false"}
    shutil.rmtree(home, ignore_errors=True)
    try:
        _lake(environment, "up", "postgres", "kafka")
        remote = f"sc://localhost:{spark['LAKE_SPARK__PORT']}"
        its = {
            "LAKE_SPARK__REMOTE": remote,
            "LAKE_SPARK__UI_PORT": "0",
            "LAKE_SPARK__TOKEN": spark["LAKE_SPARK__TOKEN"],
        }
        yield {**environment, **its}
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


def land(spark: SparkSession, of: Contract) -> dict[str, int]:
    """Land what the contract's topic holds."""
    return kafka_log.land(spark, of)


def offsets(spark: SparkSession, of: Contract) -> list[tuple[int, int]]:
    """Partition and offset of every raw row."""
    rows = read.table(spark, of, Zone.RAW).select("_partition", "_offset").collect()
    return sorted(tuple(row) for row in rows)


def delete_topic(of: Contract) -> None:
    """Delete the contract's topic, and wait until it is gone."""
    admin = AdminClient(profile().kafka_client)
    admin.delete_topics([topic(of)])[topic(of)].result(timeout=30)
    retry(retry=retry_if_result(bool), stop=stop_after_delay(30), wait=wait_fixed(0.1))(
        lambda: topic(of) in admin.list_topics(timeout=10).topics
    )()


def topic(of: Contract) -> str:
    assert isinstance(of.origin, KafkaLog)
    return of.origin.topic


def produce(
    of: Contract,
    values: Sequence[str | bytes | None],
    partition: int | None = None,
    at: datetime | None = None,
    **more: Any,
) -> list[tuple[int, int]]:
    """Send values to the contract's topic, to one partition or spread over all, as of now or of an instant.

    Returns where each stands: partition and offset. Raises KafkaException with what the broker refused first.
    """
    told: dict[int, KafkaError | tuple[int, int]] = {}

    def delivered(number: int, error: KafkaError | None, message: Message) -> None:
        told[number] = error or (message.partition(), message.offset())

    sizes = {"queue.buffering.max.messages": len(values) + 1, "message.max.bytes": 2 * kafka.MAX_MESSAGE_BYTES}
    producer = Producer({**profile().kafka_client, **sizes})
    options = {**more, **({} if partition is None else {"partition": partition})}
    options |= {} if at is None else {"timestamp": int(at.timestamp() * 1000)}
    for number, value in enumerate(values):
        producer.produce(topic(of), value, on_delivery=partial(delivered, number), **options)
    assert producer.flush(60) == 0
    if errors := [one for one in told.values() if isinstance(one, KafkaError)]:
        raise KafkaException(errors[0])
    return [told[number] for number in range(len(values))]


def in_transaction(of: Contract, values: list[str], partition: int, *, is_committed: bool) -> None:
    """Send values that are committed together, or none of them."""
    producer = Producer({**profile().kafka_client, "transactional.id": uuid.uuid4().hex})
    producer.init_transactions(30)
    producer.begin_transaction()
    for value in values:
        producer.produce(topic(of), value, partition=partition)
    producer.flush(60)
    (producer.commit_transaction if is_committed else producer.abort_transaction)(30)


def expire(of: Contract, partition: int, before: int) -> None:
    """Let the log forget what lies before an offset."""
    where = TopicPartition(topic(of), partition, before)
    admin = AdminClient(profile().kafka_client)
    admin.delete_records([where])[where].result(timeout=30)


def keep_for(of: Contract, length: timedelta) -> None:
    """Let the broker keep records so long after the instant that their sender gives."""
    settings = {"retention.ms": str(int(length.total_seconds() * 1000)), "message.timestamp.type": "CreateTime"}
    entries = [ConfigEntry(*one, incremental_operation=AlterConfigOpType.SET) for one in settings.items()]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic(of), incremental_configs=entries)
    admin = AdminClient(profile().kafka_client)
    admin.incremental_alter_configs([resource])[resource].result(timeout=30)


def sql(*statements: str) -> None:
    """Run statements in the application database."""
    settings = profile()
    dsn = settings.postgres_dsn(settings.postgres.app_database)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def ledger_rows() -> dict[str, list[tuple[object, ...]]]:
    """All that the ledger says, in order."""
    return {t.name: sorted(warehouse(f"SELECT * FROM ops.{t.name}"), key=str) for t in run_ledger.TABLES}


def warehouse(statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(profile().postgres_dsn(profile().postgres.warehouse_database)) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def checksum_in_raw(of: Contract) -> str:
    """The checksum of what stands in raw, in the order of its rows."""
    uri = tables.path(of, Zone.RAW)
    rows = storage.dataset(storage.open_table(uri), uri).to_table().sort_by("_offset")
    return checksum.of_table(rows.select([name for name in rows.column_names if not name.startswith("_")])).sha256
