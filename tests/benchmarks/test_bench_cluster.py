"""Our pipeline on a Spark cluster of two workers with the lake on S3: the tables of the server alone on local files.

A master that is killed comes back knowing server and workers.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from benchmarks.kafka_to_marts.tables import SOURCES
from benchmarks.workloads import WORKLOADS
from lake_layout.profile import REPOSITORY
from local_stack.status import status
from spark_jobs import session
from tests.end_to_end.running_lake import NO_SCHEDULES
from tests.own_profile import using

pytestmark = [pytest.mark.long, pytest.mark.services, pytest.mark.timeout(1800)]
EVENTS = 20_000
HOME = REPOSITORY / ".lake-test-cluster"
SMALL = {"LAKE_SPARK__DRIVER_MEMORY": "2g", "LAKE_SPARK__EXECUTOR_MEMORY": "1g"}
Run = Callable[..., None]


@pytest.fixture(scope="module")
def own() -> dict[str, str]:
    """The variables of a stack of these tests' own."""
    return {"LAKE_HOME": str(HOME), "LAKE_PORT_OFFSET": "1700", **NO_SCHEDULES, **SMALL}


@pytest.fixture(scope="module")
def run(own: dict[str, str]) -> Iterator[Run]:
    """run(words…): a program of Python's on that stack, which is down afterwards."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LAKE_", "SPARK_"))}

    def call(*words: str) -> None:
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=REPOSITORY, env=inherited | own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]

    call("lake_cli", "down")
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        yield call
    finally:
        call("lake_cli", "down")


@pytest.fixture(scope="module")
def told(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Contender → what its measured run told."""
    results = tmp_path_factory.mktemp("results")
    asked = ["--workload", "W10_cluster", "--contender", "local", "--contender", "two_workers", "--repeats", "1"]
    run("benchmarks", "run", "--size", str(EVENTS), *asked, "--into", str(results))
    [path] = results.glob("*.json")
    runs = HOME / "bench" / path.stem
    return {name: json.loads((runs / f"W10_cluster-{name}-1.json").read_text()) for name in ("local", "two_workers")}


def test_two_workers_make_the_tables_of_the_server_alone(told: dict[str, Any]) -> None:
    sums = {name: of["checksums"] for name, of in told.items()}
    assert sums["two_workers"] == sums["local"]
    assert all(int(one.split(" rows ")[0]) > 0 for one in sums["local"].values())
    assert sum(int(sums["local"][f"{at}@raw"].split(" rows ")[0]) for at in SOURCES) == EVENTS


def test_tasks_ran_on_the_workers(told: dict[str, Any]) -> None:
    assert "workers" not in told["local"]["cpu"]
    cpu = told["two_workers"]["cpu"]
    assert cpu["workers"] > 0.2 * cpu["driver"] > 0
    assert cpu["s3"] > 0


def test_a_master_that_was_killed_comes_back_and_gives_new_executors(told: dict[str, Any], own: dict[str, str]) -> None:
    with using(own | WORKLOADS["W10_cluster"].profiles["two_workers"]):
        before = _programs()
        psutil.Process(before["spark-master"]).kill()
        after = _wait_for_another(before["spark-master"])
        assert {**after, "spark-master": 0} == {**before, "spark-master": 0}
        for worker in ("spark-worker-1", "spark-worker-2"):
            for executor in psutil.Process(after[worker]).children():
                executor.kill()
                executor.wait()
        with session.opened("cluster test") as spark:
            assert spark.range(0, 1000, numPartitions=4).count() == 1000


def _programs() -> dict[str, int]:
    """Those of Spark that answer, and their process."""
    rows = status()
    return {row["name"]: row["pid"] for row in rows if row["name"].startswith("spark") and row["state"] == "ready"}


def _wait_for_another(master: int) -> dict[str, int]:
    """Until one that started by itself knows all workers."""

    @retry(retry=retry_if_result(lambda found: len(found) < 4), stop=stop_after_delay(120), wait=wait_fixed(0.5))
    def programs() -> dict[str, int]:
        found = _programs()
        return found if found.get("spark-master") != master else {}

    return programs()
