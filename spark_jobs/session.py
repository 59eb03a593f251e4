"""One Spark Connect client for a job; a retry ends what an older run of the same job left running.

`<home>/spark_sessions/<job>` names the older session → its operations are interrupted and awaited →
a new session with the tag `lake:<job>`.
"""

import atexit
import os
import re
import socket
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pyspark import inheritable_thread_target
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.session import SparkSession as ConnectSession
from tenacity import RetryError, retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout.profile import profile
from spark_jobs.halt import Halt

_MODE_VARIABLE = "SPARK_CONNECT_MODE_ENABLED"
SETTINGS = {
    # A job brings no code of its own. With class loaders for each session, what Spark has compiled for one job would be
    # compiled twice more for the next.
    "spark.sql.artifact.isolation.enabled": "false",
    "spark.sql.artifact.isolation.alwaysApplyClassloader": "false",
    "spark.sql.session.timeZone": "UTC",
    # The JVM never compiles a method above 8,000 bytes: a wide projection would run interpreted.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # Broken JSON inside of a field would make that field null and the rest of the record good.
    "spark.sql.json.enablePartialResults": "false",
    # An object with a key sent twice is an object.
    "spark.sql.variant.allowDuplicateKeys": "true",
    # By default times take twelve bytes, as Hive once wrote them.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Parquet looks at the size of what it holds after 100 rows first: those are a gigabyte where each has 10 MB.
    "parquet.page.size.row.check.min": "1",
    "parquet.page.size.row.check.max": "100",
    "parquet.block.size": str(32 * 1024 * 1024),
    # What is different in each row is not worth a dictionary.
    **{f"parquet.enable.dictionary#{name}": "false" for name in ("event_id", "_offset", "_value", "_payload")},
}
_POLL_SECONDS = 0.2
_DEFAULT_PORT = 15002
# About a minute of trying again when the server goes away in the middle of a job.
_RETRIES = 6
_NOT_THERE = ("SESSION_CLOSED", "SESSION_NOT_FOUND", "SESSION_CHANGED")
T = TypeVar("T")


def connect(job: str) -> SparkSession:
    """A session of this job's own, in UTC.

    Raises ConnectionError if the server does not answer, and Halt if an older run of the job cannot be
    stopped within the profile's time-out.
    """
    _knock()
    if older := _noted(job):
        _end_older(older)
    session_id = str(uuid.uuid4())
    note = _note_of(job)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(session_id)
    spark = _open_with_settings(session_id)
    spark.addTag(_tag(job))
    return spark


def close(spark: SparkSession, job: str) -> None:
    """Release the session of a job that has done its work."""
    spark.stop()
    _note_of(job).unlink(missing_ok=True)


@contextmanager
def opened(job: str) -> Iterator[SparkSession]:
    """The job's session for the length of a block.

    A job that fails leaves its session to the next run, which waits for what may still work in it.
    """
    spark = connect(job)
    yield spark
    close(spark, job)


def open_at(url: str) -> SparkSession:
    """A session of the server at a URL, without settings, and the one that literals ask from now on."""
    # PySpark's functions and Great Expectations ask this variable which kind of Spark they talk to.
    os.environ[_MODE_VARIABLE] = "1"
    spark = SparkSession.builder.remote(url).create()
    # A thread keeps its first session as the active one, which literals ask, also when the server has closed it.
    ConnectSession._active_session.session = spark
    # PySpark asks a server that may be gone to forget its models, for most of a minute, whenever a process ends.
    atexit.unregister(spark.client._on_exit)
    spark.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
    return spark


@contextmanager
def tagged(spark: SparkSession, tag: str) -> Iterator[None]:
    """What the block asks of Spark carries this tag, too."""
    spark.addTag(tag)
    try:
        yield
    finally:
        spark.removeTag(tag)


def side_by_side(spark: SparkSession, calls: Sequence[Callable[[], T]]) -> list[T]:
    """Results of the calls, in order; else like `in_turn`."""
    return list(in_turn(spark, calls))


def in_turn(spark: SparkSession, calls: Sequence[Callable[[], T]], threads: int = 2) -> Iterator[T]:
    """Results of the calls, in order and as soon as they are there, from threads that carry the session's tags.

    Every call is run to its end; then the first error, if any, is raised.
    """
    with ThreadPoolExecutor(max_workers=threads) as pool:
        futures = [pool.submit(inheritable_thread_target(spark)(call)) for call in calls]
        for future in futures:
            yield future.result()


def _knock() -> None:
    """Find out at once whether the server is there; PySpark would try for ten minutes."""
    remote = urlsplit(profile().spark_remote)
    try:
        socket.create_connection(
            (remote.hostname, remote.port or _DEFAULT_PORT), timeout=profile().timeouts.connect
        ).close()
    except OSError as error:
        raise ConnectionError(f"Spark at {remote.hostname}:{remote.port}: {error}") from error


def _note_of(job: str) -> Path:
    return profile().home / "spark_sessions" / _slug(job)


def _noted(job: str) -> str | None:
    """The session of an older run; None without one, and where a full disk or a kill cut the note short."""
    note = _note_of(job)
    try:
        return str(uuid.UUID(note.read_text())) if note.exists() else None
    except ValueError:
        return None


def _slug(job: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]+", "-", job)


def _tag(job: str) -> str:
    return f"lake:{_slug(job)}"


def _open(session_id: str) -> SparkSession:
    remote = profile().spark_remote
    return open_at(f"{remote}{';' if '/;' in remote else '/;'}session_id={session_id}")


def _open_with_settings(session_id: str) -> SparkSession:
    """A session that has the settings from its beginning, as some must be: the clone of one that was given them."""
    model = _open(str(uuid.uuid4()))
    for key, value in SETTINGS.items():
        model.conf.set(key, value)
    model.client.clone(session_id).close()
    model.stop()
    return _open(session_id)


def _end_older(session_id: str) -> None:
    """Interrupt the operations of a session whose client has gone, and wait until none runs."""
    try:
        older = _open(session_id)
        older.interruptAll()
        _wait_until_idle(older)
        older.stop()
    except PySparkException as error:
        if not any(word in str(error) for word in _NOT_THERE):
            raise
    except RetryError as error:
        seconds = profile().timeouts.operation_interrupt
        raise Halt(f"an older run of this job still works after {seconds} s: restart the Spark server") from error


def _wait_until_idle(older: SparkSession) -> None:
    retry(
        retry=retry_if_result(bool),
        stop=stop_after_delay(profile().timeouts.operation_interrupt),
        wait=wait_fixed(_POLL_SECONDS),
    )(_running)(older)


def _running(session: SparkSession) -> list[str]:
    """Operations of the session whose execution has not ended; ended ones linger until they are cleaned up."""
    from pyspark.sql.connect.proto import GetStatusResponse

    state = GetStatusResponse.OperationStatus.OPERATION_STATE_RUNNING
    answer = session.client._get_operation_statuses()
    return [one.operation_id for one in answer.operation_statuses if one.state == state]
