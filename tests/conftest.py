"""Shared by all tests: one private Spark Connect server, and what it lands from, started when first asked for."""

import os
import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from expectations import rules
from lake_layout import contracts
from lake_layout.profile import REPOSITORY, profile
from lake_layout.sections import HOST
from tests.free_port import free_port
from tests.own_server import end

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# PySpark's functions ask for it when they are called; the server itself comes later.
os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
_READY_SECONDS = 120
_OWN_DATASETS = Path(__file__).parent / "spark_jobs"
_FIXTURES_WITH_SERVERS = {"spark_environment", "warehouse_environment"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that starts a server, however far behind its fixtures, is not one of the fast ones."""
    for item in items:
        if _FIXTURES_WITH_SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.services)


def _use(environment: dict[str, str], patch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        patch.setenv(name, value)
    profile.cache_clear()


@pytest.fixture(scope="session")
def s3_listener() -> Iterator[socket.socket]:
    """Where the tests' Spark server looks for S3; nothing is behind it but what a test puts there."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener


@pytest.fixture(scope="session")
def spark_environment(tmp_path_factory: pytest.TempPathFactory, s3_listener: socket.socket) -> Iterator[dict[str, str]]:
    """The variables under which the profile points at a running server of these tests' own."""
    from local_stack import spark as spark_service

    environment = {
        "LAKE_HOME": str(tmp_path_factory.mktemp("lake_home")),
        "LAKE_SPARK__PORT": str(free_port()),
        "LAKE_SPARK__UI_PORT": str(free_port()),
        "LAKE_SPARK__TOKEN": secrets.token_urlsafe(16),
        "LAKE_SPARK__DRIVER_MEMORY": "4g",
        "LAKE_SPARK__MASTER": "local[2]",
        "LAKE_S3__ENABLED": "false",
        "LAKE_S3__ENDPOINT": f"http://{HOST}:{s3_listener.getsockname()[1]}",
        "LAKE_S3__SECRET_KEY": secrets.token_urlsafe(16),
    }
    with pytest.MonkeyPatch.context() as patch:
        # A server that can write to S3 can write to files, too.
        _use({**environment, "LAKE_LAKE__ROOT": "s3a://lake/lake"}, patch)
        service = spark_service.service()
        service.prepare()
        log = profile().home / "spark.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                service.command(), env={**os.environ, **service.environment()}, stdout=output, stderr=output
            )
        try:
            _wait_until_ready(service.check, server, log)
            patch.undo()
            profile.cache_clear()
            yield environment
        finally:
            end(server)
    profile.cache_clear()


def _wait_until_ready(check, server: subprocess.Popen[bytes], log: Path) -> None:
    from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

    from local_stack.service import NotReady

    def probe() -> None:
        if server.poll() is not None:
            pytest.fail(f"the Spark server of the tests ended: {log.read_text()[-2000:]}")
        check()

    retry(
        retry=retry_if_exception_type(NotReady),
        stop=stop_after_delay(_READY_SECONDS),
        wait=wait_fixed(0.2),
        reraise=True,
    )(probe)()


@pytest.fixture
def lake(spark_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty lake: the profile points at the tests' Spark server and at folders of this test."""
    folders = {"LAKE_LAKE__ROOT": f"file:{tmp_path}/lake", "LAKE_LAKE__INBOX": f"file:{tmp_path}/inbox"}
    _use({**spark_environment, **folders}, monkeypatch)
    yield tmp_path / "lake"
    monkeypatch.undo()
    profile.cache_clear()


@pytest.fixture
def own_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty lake without any server: the profile points at a folder of this test."""
    _use({"LAKE_LAKE__ROOT": f"file:{tmp_path}/lake"}, monkeypatch)
    yield
    monkeypatch.undo()
    profile.cache_clear()


@pytest.fixture(scope="session")
def _spark_session(spark_environment: dict[str, str]) -> Iterator["SparkSession"]:
    from spark_jobs import session

    with pytest.MonkeyPatch.context() as patch:
        _use(spark_environment, patch)
        opened = session.connect("tests")
    profile.cache_clear()
    yield opened
    opened.stop()


@pytest.fixture
def spark(_spark_session: "SparkSession") -> "SparkSession":
    """A session on the tests' own Spark server, in UTC."""
    return _spark_session


@pytest.fixture
def own_datasets(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The lake has the datasets `tests/…` and no others."""
    for _ in _use_own_datasets(monkeypatch):
        yield


def _use_own_datasets(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Point the profile at the tests' contracts and rules; gives the variables for other processes."""
    environment = {"LAKE_DATASETS": str(_OWN_DATASETS / "datasets"), "LAKE_RULES": str(_OWN_DATASETS / "rules")}
    for name, value in environment.items():
        patch.setenv(name, value)
    _forget()
    yield environment
    patch.undo()
    _forget()


def _forget() -> None:
    for cached in (profile, contracts.contracts, rules._rules):
        cached.cache_clear()


@pytest.fixture(scope="session")
def landing_services(spark_environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """A broker and a database beside the Spark server, up."""
    from tests import landing_stack

    with landing_stack.running(REPOSITORY / ".lake-test-landing", spark_environment) as environment:
        yield environment


@pytest.fixture
def landing_lake(
    landing_services: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """An empty lake, of this test alone, on the shared services."""
    folders = {"LAKE_LAKE__ROOT": f"file:{tmp_path}/lake", "LAKE_LAKE__INBOX": f"file:{tmp_path}/inbox"}
    own = {**landing_services, **folders}
    _use(own, monkeypatch)
    yield own
    monkeypatch.undo()
    profile.cache_clear()


@pytest.fixture
def environment(landing_lake: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The same, with the datasets `tests/…` and no others."""
    yield from ({**landing_lake, **one} for one in _use_own_datasets(monkeypatch))


@pytest.fixture
def connected(environment: dict[str, str]) -> Iterator["SparkSession"]:
    """A session on the Spark server, under the environment of the landing services."""
    from spark_jobs import session

    with session.opened("landing tests") as spark:
        yield spark


@pytest.fixture
def readings(environment: dict[str, str]) -> contracts.Contract:
    """A contract on a new, empty topic."""
    from tests.landing_stack import with_topic

    return with_topic(contracts.contract("tests/readings"))


@pytest.fixture
def on_its_own_topic(environment: dict[str, str]) -> Iterator[Callable[[str], contracts.Contract]]:
    """on_its_own_topic(address): the contract as other processes read it, on a topic that is gone after the test."""
    from tests.landing_stack import delete_topic, ensure_topic

    made = []

    def make(address: str) -> contracts.Contract:
        of = contracts.contract(address)
        ensure_topic(of)
        made.append(of)
        return of

    yield make
    for of in made:
        delete_topic(of)
