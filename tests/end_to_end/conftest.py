"""A whole stack of the end-to-end tests' own, beside the one people work with.

A fresh home (`.lake-test`, other ports) → `lake up` → scenarios, each brought in once → `lake down`. The
scenarios have stacks of their own where they would see each other, so tests run in any order. They work with the Spark
server of all tests, which is warm by then; that of kills has its own, as a user's stack has.
"""

from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.end_to_end.browser import opened
from tests.end_to_end.running_lake import RunningLake, fresh


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_ours(item):
            item.add_marker(pytest.mark.services)
            # The first test that asks for a stack may have to wait for that of the week, too.
            item.add_marker(pytest.mark.timeout(3600))
    # Last, for a stack that waits takes its share of two cores from all others.
    items.sort(key=_is_ours)


def _is_ours(item: pytest.Item) -> bool:
    return "end_to_end" in item.path.parts


@pytest.fixture(scope="session")
def warm_spark(spark_environment: dict[str, str]) -> dict[str, str]:
    """The variables that tell of the Spark server of all tests."""
    return {name: spark_environment[name] for name in ("LAKE_SPARK__PORT", "LAKE_SPARK__UI_PORT", "LAKE_SPARK__TOKEN")}


@pytest.fixture(scope="session")
def stack(warm_spark: dict[str, str]) -> Iterator[RunningLake]:
    """The lake on local files, empty and up."""
    yield from fresh(".lake-test", port_offset=100, spark=warm_spark)


@pytest.fixture(scope="session")
def week(stack: RunningLake) -> RunningLake:
    """The days around Europe's change of clocks, landed one by one, then one run; week and month follow."""
    stack.land(seed=7)
    stack.with_weeks("run", "daily_etl")
    return stack


@pytest.fixture(scope="session")
def docs_of_week(week: RunningLake) -> RunningLake:
    """The same with the pages that the DAG `docs` makes of it."""
    week.command("run", "docs")
    return week


@pytest.fixture
def same_rows(week: RunningLake) -> Iterator[None]:
    """What readers see is the same after the test as before."""
    before = week.marts(), week.reports()
    assert all(count for tables in before for count, _checksum in tables.values())
    yield
    assert (week.marts(), week.reports()) == before


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One for all tests of a module, as a person has one."""
    with opened(1400, 1000) as driver:
        yield driver


@pytest.fixture(scope="module")
def empty_lake(warm_spark: dict[str, str]) -> Iterator[RunningLake]:
    """A lake for one module alone, with nothing in it."""
    yield from fresh(".lake-test-empty", port_offset=400, spark=warm_spark)
