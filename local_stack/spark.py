"""One Spark Connect server: the only process that writes to the lake.

spark-defaults.conf (private: token and S3 keys) → the lease → spark-submit → gRPC on 127.0.0.1.
"""

import shutil
import sys
import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lake_layout.profile import profile
from lake_layout.sections import HOST
from local_stack import jars, spark_pages
from local_stack.service import NotReady, Service, StackError, write_private

MASTER = "spark-master"
_MAIN_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
# A message of a few bytes may say that two gigabytes follow, and Avro makes room for them before it looks: an end of
# the server. No message is longer than Kafka lets it be.
_AVRO_LIMITS = " ".join(f"-Dorg.apache.avro.limits.{kind}.maxLength={16 * 1024 * 1024}" for kind in ("string", "bytes"))
# Most queries run a few times over few rows. So what is compiled with care must have run four times as often as a JVM
# asks by itself, and the server's memory begins where a run soon arrives: a fifth less CPU, for 8 people as for 200.
_FOR_SHORT_QUERIES = (
    "-XX:MetaspaceSize=256m -XX:ReservedCodeCacheSize=512m "
    "-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400 -XX:Tier4CompileThreshold=60000"
)
_JAVA_OPTIONS = f"-Duser.timezone=UTC -XX:+UseParallelGC {_FOR_SHORT_QUERIES} {_AVRO_LIMITS}"
# No batch asks for readers of another, and they hold what they fetched ahead: those of thirty million events, kept for
# minutes as by default, fill the memory.
_KAFKA_READERS: dict[str, object] = {
    f"spark.kafka.consumer.{of}.{name}": "1s"
    for of in ("cache", "fetchedData.cache")
    for name in ("timeout", "evictorThreadRunInterval")
}
# By default whoever does not encrypt is spoken to as he likes, and what is encrypted can be changed on its way.
_ENCRYPTED: dict[str, object] = {
    "spark.network.crypto.enabled": "true",
    "spark.network.crypto.saslFallback": "false",
    "spark.network.crypto.cipher": "AES/GCM/NoPadding",
    "spark.network.crypto.authEngineVersion": 2,
}


def service() -> Service:
    return Service(
        name="spark",
        command=_command,
        ports={"spark.port": profile().spark.port, "spark.ui_port": profile().spark.ui_port},
        needs=(*(("s3",) if profile().s3.enabled else ()), *workers()),
        prepare=prepare,
        check=check,
        environment=lambda: environment(folder() / "conf"),
    )


def workers() -> list[str]:
    """Names of the workers that the profile asks for."""
    return [f"spark-worker-{number}" for number in range(1, profile().spark.workers + 1)]


def environment(conf: Path) -> dict[str, str]:
    """Of every program of Spark's: a driver binds where its settings say, all else to this machine."""
    return {
        "SPARK_HOME": str(home()),
        "SPARK_CONF_DIR": str(conf),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": HOST,
    }


def folder() -> Path:
    return profile().home / "spark"


def home() -> Path:
    """Where Spark itself is."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise StackError("PySpark is not installed: run `make setup`")
    return Path(spec.origin).parent


def _command() -> list[str]:
    """With the master's address, so that a server is started anew where that changes."""
    submit = [
        str(home() / "bin" / "spark-submit"),
        "--master",
        profile().spark.master,
        "--class",
        _MAIN_CLASS,
        "--name",
        "lake",
        "spark-internal",
    ]
    return [sys.executable, "-m", "local_stack.spark_lease", *submit]


def prepare() -> None:
    """Write the configuration and remove what a killed server left in its temporary folder."""
    shutil.rmtree(folder() / "tmp", ignore_errors=True)
    (folder() / "tmp").mkdir(parents=True)
    conf = folder() / "conf"
    copy_log_settings(conf)
    values = {**_server_settings(), **_cluster_settings(), **_delta_settings(), **_s3_settings()}
    write_private(
        conf / "spark-defaults.conf",
        "".join(f"{key} {value}\n" for key, value in values.items()),
    )


def copy_log_settings(conf: Path) -> None:
    conf.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("spark_log4j2.properties"), conf / "log4j2.properties")


def _server_settings() -> dict[str, object]:
    settings = profile().spark
    return {
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.extraClassPath": _class_path(),
        "spark.driver.extraJavaOptions": f"-Xms512m {_JAVA_OPTIONS}",
        "spark.driver.host": settings.driver_host,
        "spark.driver.bindAddress": settings.driver_host,
        "spark.connect.grpc.binding.address": profile().listen_address,
        "spark.connect.grpc.binding.port": settings.port,
        "spark.connect.authenticate.token": settings.token.get_secret_value(),
        "spark.local.dir": folder() / "tmp",
        "spark.sql.warehouse.dir": folder() / "tmp" / "warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.shuffle.partitions": settings.shuffle_partitions,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.compression.codec": "zstd",
        # Asks Java for what Hadoop's own starts a process for: each file and folder would cost a `chmod`.
        "spark.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem",
        # 100 by default, and a run has more queries: what it compiled shall be there, and warm, for the next.
        "spark.sql.codegen.cache.maxEntries": 4000,
        # Plans are drawn for the page of a query, again with each stage.
        "spark.sql.ui.explainMode": "simple",
        **_KAFKA_READERS,
        # Several tasks share the server: none of them waits for all stages of another.
        "spark.scheduler.mode": "FAIR",
        # It tells jobs what their commits cost; whoever asks must sign.
        "spark.ui.port": settings.ui_port,
        **spark_pages.settings(),
        # More than a job has, fewer than would fill the memory.
        "spark.ui.retainedJobs": 2000,
        "spark.ui.retainedStages": 2000,
        "spark.ui.retainedTasks": 2000,
        "spark.sql.ui.retainedExecutions": 50,
        "spark.eventLog.enabled": "false",
    }


def secret_settings() -> dict[str, object]:
    """What all programs of a cluster must know before they speak to each other; encrypted, where others may listen."""
    settings = profile().spark
    if not settings.secret.get_secret_value():
        return {}
    return {
        "spark.authenticate": "true",
        "spark.authenticate.secret": settings.secret.get_secret_value(),
        **(_ENCRYPTED if settings.driver_host != HOST else {}),
    }


def _cluster_settings() -> dict[str, object]:
    settings = profile().spark
    if not settings.is_on_cluster:
        return {}
    return {
        **secret_settings(),
        "spark.executor.cores": settings.executor_cores,
        "spark.executor.memory": settings.executor_memory,
        "spark.executor.extraClassPath": _class_path(),
        "spark.executor.extraJavaOptions": _JAVA_OPTIONS,
        # What tasks read lies on S3 and in Kafka, as near to one executor as to another.
        "spark.locality.wait": 0,
    }


def _class_path() -> str:
    groups = ("spark", "spark_s3") if profile().lake.is_on_s3 else ("spark",)
    more = [profile().spark.class_path] if profile().spark.class_path else []
    return ":".join([*(jars.class_path(group) for group in groups), *more])


def _delta_settings() -> dict[str, object]:
    defaults = "spark.databricks.delta.properties.defaults"
    return {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # Whoever reads a table asks Spark for its files, and each task of that writes code for all that a log can say.
        "spark.databricks.delta.snapshotPartitions": max(1, profile().spark.shuffle_partitions // 4),
        # One process writes, and this store locks within it; the default asks the shell about each file it renames.
        "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
        # More tables than a lake has: each that is held keeps its files and the plans that read them in memory.
        "spark.databricks.delta.delta.log.cacheSize": 500,
        f"{defaults}.logRetentionDuration": "interval 365 days",
        # ClickHouse, DuckDB and delta-rs read the same tables.
        f"{defaults}.enableDeletionVectors": "false",
    }


def _s3_settings() -> dict[str, object]:
    if not profile().lake.is_on_s3:
        return {}
    settings = profile().s3
    return {
        "spark.hadoop.fs.s3a.endpoint": settings.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": settings.region,
        "spark.hadoop.fs.s3a.access.key": settings.access_key,
        "spark.hadoop.fs.s3a.secret.key": settings.secret_key.get_secret_value(),
        "spark.hadoop.fs.s3a.path.style.access": "true",
        # Files wait here until they are whole and sent; the default is a folder of the machine's that all share.
        "spark.hadoop.fs.s3a.buffer.dir": folder() / "tmp",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": str(settings.endpoint.startswith("https:")).lower(),
    }


def check() -> None:
    """Open a session, ask for the version, close the session; a server on a cluster has an executor, too."""
    import grpc
    from pyspark.sql.connect.proto import base_pb2

    settings = profile().spark
    token = ("authorization", f"Bearer {settings.token.get_secret_value()}")
    session: dict[str, Any] = {"session_id": str(uuid.uuid4()), "user_context": {"user_id": "lake"}}
    version = base_pb2.AnalyzePlanRequest(**session, spark_version=base_pb2.AnalyzePlanRequest.SparkVersion())
    release = base_pb2.ReleaseSessionRequest(**session)
    with grpc.insecure_channel(f"{HOST}:{settings.port}") as channel:
        for method, request in (("AnalyzePlan", version), ("ReleaseSession", release)):
            call = channel.unary_unary(f"/spark.connect.SparkConnectService/{method}")
            try:
                call(request.SerializeToString(), timeout=10, metadata=[token])
            except grpc.RpcError as error:
                raise NotReady(str(error.details())) from error
    if settings.is_on_cluster and settings.ui_port:
        _check_executors(settings.ui_port)


def _check_executors(ui_port: int) -> None:
    """One that does not start is tried again for ever, while jobs wait."""
    [application] = spark_pages.ask(ui_port, "api/v1/applications")
    found = spark_pages.ask(ui_port, f"api/v1/applications/{application['id']}/executors")
    if not any(executor["id"] != "driver" for executor in found):
        raise NotReady("no executor has reported to it: their logs say why, or the cluster has no room")
