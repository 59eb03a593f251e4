"""The datasets that these tests make up: their contracts and rules stand in folders beside the tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from quarantined import asks  # noqa: F401 (fixture)
from small_tables import devices, metrics, table, users, values  # noqa: F401 (fixtures)

from expectations import rules
from lake_layout import contracts
from lake_layout.profile import REPOSITORY, profile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_HERE = Path(__file__).parent


@pytest.fixture
def own_datasets(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The lake has the datasets `tests/…` and no others."""
    for _ in use_own_datasets(monkeypatch):
        yield


def use_own_datasets(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Point the profile at the tests' contracts and rules; gives the variables for other processes."""
    environment = {"LAKE_DATASETS": str(_HERE / "datasets"), "LAKE_RULES": str(_HERE / "rules")}
    for name, value in environment.items():
        patch.setenv(name, value)
    _forget()
    yield environment
    patch.undo()
    _forget()


def _forget() -> None:
    for cached in (profile, contracts.contracts, rules._rules):
        cached.cache_clear()


@pytest.fixture(scope="module")
def landing_services() -> Iterator[dict[str, str]]:
    """A broker, a database and a Spark server, up."""
    from tests.spark_jobs import landing_stack

    with landing_stack.running(REPOSITORY / ".lake-test-landing") as environment:
        yield environment


@pytest.fixture
def environment(
    landing_services: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The test's own empty lake, with the datasets `tests/…`, on the shared services."""
    own = {**landing_services, "LAKE_LAKE__ROOT": f"file:{tmp_path}/lake"}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    yield from ({**own, **one} for one in use_own_datasets(monkeypatch))


@pytest.fixture
def connected(environment: dict[str, str]) -> "Iterator[SparkSession]":
    """A session on the shared Spark server."""
    from spark_jobs import session

    with session.opened("landing tests") as spark:
        yield spark


@pytest.fixture
def readings(environment: dict[str, str]) -> contracts.Contract:
    """A contract on a new, empty topic."""
    from tests.spark_jobs.landing_stack import with_topic

    return with_topic(contracts.contract("tests/readings"))
