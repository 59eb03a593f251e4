"""Both warehouses for these tests alone: a ClickHouse gateway and a Postgres server over one tiny lake."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import psycopg
import pytest
import tiny_lake
from clickhouse_connect.driver.client import Client
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from lake_layout.profile import REPOSITORY, profile
from lake_layout.sections import HOST
from tests.free_port import free_port
from tests.own_profile import using
from tests.own_server import end

_READY_SECONDS = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test comes first waits until the lake is released: for minutes, where others work beside it."""
    for item in items:
        if "_built" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def warehouse_environment() -> Iterator[dict[str, str]]:
    """The variables of a home with ports and passwords of its own.

    Not below pytest's own folder: every other pytest shuts that again for the user that Postgres runs as.
    """
    with tempfile.TemporaryDirectory(prefix="lake_warehouses_") as folder:
        Path(folder).chmod(0o711)
        yield _environment(folder)


def _environment(folder: str) -> dict[str, str]:
    environment = {
        "LAKE_HOME": folder,
        "LAKE_S3__ENABLED": "false",
        # So long is a release kept that is not shown any more; modules go back to the one they have found.
        "LAKE_TIMEOUTS__SQL_STATEMENT": "7200",
        "LAKE_POSTGRES__PORT": str(free_port()),
        "LAKE_CLICKHOUSE__PORT": str(free_port()),
    }
    for service in ("POSTGRES", "CLICKHOUSE"):
        for whose in ("PASSWORD", "READER_PASSWORD"):
            environment[f"LAKE_{service}__{whose}"] = secrets.token_urlsafe(16)
    return environment


@contextmanager
def _running(command: list[str], check: Callable[[], None], log: Path, **options: Any) -> Iterator[None]:
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=output, **options)
    try:
        _wait_until_ready(check, server, log)
        yield
    finally:
        end(server)


def _wait_until_ready(check: Callable[[], None], server: subprocess.Popen[bytes], log: Path) -> None:
    @retry(
        retry=retry_if_exception_type(ConnectionError),
        stop=stop_after_delay(_READY_SECONDS),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    def probe() -> None:
        if server.poll() is not None:
            pytest.fail(f"a server of the tests ended: {log.read_text()[-2000:]}")
        check()

    probe()


@pytest.fixture(scope="session")
def _postgres(warehouse_environment: dict[str, str]) -> Iterator[None]:
    """A Postgres server with the databases and roles of the stack."""
    from local_stack import postgres, supervisor
    from local_stack.service import NotReady

    def check() -> None:
        try:
            with using(warehouse_environment):
                service.check()
        except NotReady as error:
            raise ConnectionError from error

    with using(warehouse_environment):
        supervisor.working_folder().mkdir(parents=True, exist_ok=True)
        service = postgres.service()
        service.prepare()
        command, log = service.command(), profile().home / "postgres.log"
    with _running(command, check, log, user=service.run_as):
        with using(warehouse_environment):
            service.initialise()
        yield


@pytest.fixture(scope="session")
def _clickhouse(warehouse_environment: dict[str, str]) -> Iterator[None]:
    """A ClickHouse gateway over this home's lake."""

    def check() -> None:
        with socket.create_connection((HOST, int(warehouse_environment["LAKE_CLICKHOUSE__PORT"])), timeout=1):
            return

    log = Path(warehouse_environment["LAKE_HOME"]) / "clickhouse.log"
    command = [sys.executable, "-m", "local_stack.clickhouse_gateway"]
    with _running(command, check, log, env={**os.environ, **warehouse_environment}):
        yield


@pytest.fixture(scope="session")
def _built(warehouse_environment: dict[str, str], _postgres: None, _clickhouse: None) -> None:
    """The tiny lake, released: published, built and tested by dbt, and shown to readers."""
    from lake_cli.warehouse import write_dbt_profiles
    from spark_jobs.release import job

    with using(warehouse_environment):
        tiny_lake.fill()
        write_dbt_profiles()
        job.run()


@pytest.fixture
def warehouses(warehouse_environment: dict[str, str], _built: None) -> Iterator[None]:
    """Both warehouses, built; the profile points at them."""
    with using(warehouse_environment):
        yield


@pytest.fixture
def clickhouse(warehouses: None) -> Iterator[Client]:
    """The owner's connection to ClickHouse."""
    settings = profile().clickhouse
    with clickhouse_connect.get_client(
        host=settings.host,
        port=settings.port,
        username=settings.user,
        password=settings.password.get_secret_value(),
    ) as client:
        yield client


@pytest.fixture
def postgres(warehouses: None) -> Iterator[psycopg.Connection]:
    """The owner's connection to Postgres."""
    with psycopg.connect(profile().postgres_dsn("warehouse"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def postgres_reader(warehouses: None) -> Iterator[psycopg.Connection]:
    """The reader's connection to Postgres."""
    with psycopg.connect(profile().postgres_dsn("warehouse", reader=True), autocommit=True) as connection:
        yield connection
