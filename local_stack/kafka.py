"""One Kafka broker that is its own controller (KRaft), with SASL/PLAIN and the topics of the contracts.

server.properties → StorageTool formats once → kafka.Kafka → the contracts' topics are created.
"""

import base64
import shutil
import subprocess
import uuid
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from lake_layout.profile import profile
from lake_layout.sections import HOST
from local_stack import jars, supervisor
from local_stack.service import NotReady, Service, StackError, write_private

_HEAP = "-Xmx512m"
# A message of 10 MB with its key, headers and envelope; what is larger is refused to its sender.
MAX_MESSAGE_BYTES = 10 * 1024 * 1024 + 64 * 1024
_TOPIC_SETTINGS = {
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
    # Events of years ago are replayed: by their own time they would expire at once.
    "message.timestamp.type": "LogAppendTime",
    "retention.ms": "-1",
}


def service() -> Service:
    settings = profile().kafka
    return Service(
        name="kafka",
        command=lambda: _java("kafka.Kafka", str(_properties())),
        ports={
            "kafka.port": settings.port,
            "kafka.controller_port": settings.controller_port,
        },
        prepare=prepare,
        check=check,
        initialise=create_topics,
    )


def _folder() -> Path:
    return profile().home / "kafka"


def _properties() -> Path:
    return _folder() / "server.properties"


def _java(main_class: str, *arguments: str) -> list[str]:
    # Kafka's own console layout is used; the supervisor rotates it.
    logging = f"-Dlog4j2.configurationFile={Path(__file__).with_name('kafka_log4j2.properties')}"
    return [
        "java",
        _HEAP,
        "-XX:+UseSerialGC",
        logging,
        "-cp",
        jars.class_path("kafka"),
        main_class,
        *arguments,
    ]


def prepare() -> None:
    """Write the configuration and format the log folder unless that was finished before."""
    write_private(_properties(), _server_properties())
    done = _folder() / "formatted"
    if done.exists():
        return
    shutil.rmtree(_folder() / "data", ignore_errors=True)
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # An id that starts with a dash would be read as an option.
    command = _java(
        "kafka.tools.StorageTool",
        "format",
        f"--cluster-id={cluster_id}",
        "-c",
        str(_properties()),
    )
    result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=supervisor.working_folder())
    if result.returncode != 0:
        raise StackError(f"Kafka's log folder could not be formatted: {result.stdout}{result.stderr}".strip())
    done.write_text(cluster_id)


def _server_properties() -> str:
    settings = profile().kafka
    password = settings.password.get_secret_value()
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    jaas = f'{login} username="{settings.user}" password="{password}" user_{settings.user}="{password}";'
    one = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
    values = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{settings.controller_port}",
        "listeners": f"CLIENT://{HOST}:{settings.port},CONTROLLER://{HOST}:{settings.controller_port}",
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": jaas,
        "listener.name.controller.plain.sasl.jaas.config": jaas,
        "log.dirs": _folder() / "data",
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "log.retention.ms": -1,
        "log.message.timestamp.type": "LogAppendTime",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        **{f"{name}.replication.factor": 1 for name in one},
        **{f"{name}.num.partitions": 1 for name in one},
        **{f"{name}.min.isr": 1 for name in one[1:]},
        "min.insync.replicas": 1,
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _admin() -> AdminClient:
    # A broker that is still starting is not worth a line on the screen for every try.
    return AdminClient({**profile().kafka_client, "log_level": 0})


def check() -> None:
    try:
        _admin().list_topics(timeout=2)
    except KafkaException as error:
        raise NotReady(error.args[0].str()) from error


def create_topics() -> None:
    """Create the topics of the contracts; a topic that grew in its contract gets the new partitions."""
    admin = _admin()
    existing = {name: len(topic.partitions) for name, topic in admin.list_topics(timeout=10).topics.items()}
    wanted = wanted_topics()
    new = [
        NewTopic(name, num_partitions=count, replication_factor=1, config=_TOPIC_SETTINGS)
        for name, count in wanted.items()
        if name not in existing
    ]
    grown = [NewPartitions(name, count) for name, count in wanted.items() if existing.get(name, count) < count]
    futures = [*(admin.create_topics(new) if new else {}).values()]
    futures += (admin.create_partitions(grown) if grown else {}).values()
    for future in futures:
        future.result(timeout=profile().timeouts.connect)


def wanted_topics() -> dict[str, int]:
    """Topic → partitions, from the contracts."""
    from lake_layout.contracts import contracts

    origins = [contract.origin for contract in contracts().values()]
    return {origin.topic: origin.partitions for origin in origins if origin and origin.kind == "kafka_log"}
