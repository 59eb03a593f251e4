"""A whole stack of the end-to-end tests' own, beside the one people work with.

A fresh home (`.lake-test`, other ports) → `lake up` → scenarios, each brought in once → `lake down`. The
scenarios have users of their own, so tests run in any order and each compares its users only.
"""

import os
from collections.abc import Iterator

import pytest

from tests.end_to_end.running_lake import RunningLake, fresh

ONE_DAY_OF_STEPS = ("2025-03-28", "2025-03-29", "2025-03-30")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "end_to_end" in item.path.parts:
            item.add_marker(pytest.mark.services)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningLake]:
    """The lake on local files, empty and up."""
    yield from fresh(".lake-test", port_offset=100)


@pytest.fixture(scope="session")
def week(stack: RunningLake) -> RunningLake:
    """The days around Europe's change of clocks, landed one by one, then one ranged run."""
    return _simulated(stack, seed=7)


@pytest.fixture(scope="session")
def stack_on_s3() -> Iterator[RunningLake]:
    yield from fresh(".lake-test-s3", port_offset=200, LAKE_S3__ENABLED="true")


@pytest.fixture(scope="session")
def week_on_s3(stack_on_s3: RunningLake) -> RunningLake:
    return _simulated(stack_on_s3, seed=7)


@pytest.fixture(scope="session")
def faulty_stack() -> Iterator[RunningLake]:
    yield from fresh(".lake-test-faults", port_offset=300)


@pytest.fixture(scope="session")
def faulty_week(faulty_stack: RunningLake) -> RunningLake:
    return _simulated(faulty_stack, "--faults", seed=8)


def _simulated(lake: RunningLake, *options: str, seed: int) -> RunningLake:
    users = os.environ.get("LAKE_TEST_USERS", "8")
    for day in ONE_DAY_OF_STEPS:
        lake.command("simulate", "--users", users, "--from", day, "--to", day, "--seed", str(seed), *options)
        lake.command("run", "land_sources")
    lake.command("run", "daily_etl", "--from", ONE_DAY_OF_STEPS[0], "--to", ONE_DAY_OF_STEPS[-1])
    return lake
