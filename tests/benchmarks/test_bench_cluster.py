"""Our pipeline on a Spark cluster of two workers with the lake on S3: the tables of the server alone on local files.

The same bench takes parts of the events, too, and tells how time grows with them.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.kafka_to_marts.tables import SOURCES
from lake_layout.profile import REPOSITORY
from tests.end_to_end.running_lake import NO_SCHEDULES

pytestmark = [pytest.mark.long, pytest.mark.services, pytest.mark.timeout(1800)]
EVENTS = 20_000
PROFILES = ("local", "two_workers")
PARTS = ("eighth", "quarter", "half")
HOME = REPOSITORY / ".lake-test-cluster"
OWN = {
    "LAKE_HOME": str(HOME),
    "LAKE_PORT_OFFSET": "1700",
    "LAKE_SPARK__DRIVER_MEMORY": "2g",
    "LAKE_SPARK__EXECUTOR_MEMORY": "1g",
    **NO_SCHEDULES,
}
Run = Callable[..., None]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """run(words…): a program of Python's on that stack, which is down afterwards."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LAKE_", "SPARK_"))}

    def call(*words: str) -> None:
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=REPOSITORY, env=inherited | OWN, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]

    call("lake_cli", "down")
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        yield call
    finally:
        call("lake_cli", "down")


@pytest.fixture(scope="module")
def told(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Contender → what its measured run told; `growth`, what the bench made of its parts."""
    results = tmp_path_factory.mktemp("results")
    contenders = [word for name in (*PROFILES, *PARTS) for word in ("--contender", name)]
    asked = ["--workload", "W10", "--workload", "W10_cluster", *contenders, "--repeats", "1"]
    run("benchmarks", "run", "--size", str(EVENTS), *asked, "--into", str(results))
    [path] = results.glob("*.json")
    runs = HOME / "bench" / path.stem
    of_cluster = {name: json.loads((runs / f"W10_cluster-{name}-1.json").read_text()) for name in PROFILES}
    return {**of_cluster, "growth": json.loads(path.read_text())["growth"]}


def test_two_workers_make_the_tables_of_the_server_alone(told: dict[str, Any]) -> None:
    sums = {name: told[name]["checksums"] for name in PROFILES}
    assert sums["two_workers"] == sums["local"]
    assert all(int(one.split(" rows ")[0]) > 0 for one in sums["local"].values())
    assert sum(int(sums["local"][f"{at}@raw"].split(" rows ")[0]) for at in SOURCES) == EVENTS


def test_tasks_ran_on_the_workers(told: dict[str, Any]) -> None:
    assert "workers" not in told["local"]["cpu"]
    cpu = told["two_workers"]["cpu"]
    assert cpu["workers"] > 0.2 * cpu["driver"] > 0
    assert cpu["s3"] > 0


def test_parts_of_the_events_tell_how_each_stage_grows(told: dict[str, Any]) -> None:
    assert list(told["growth"]) == ["W10"]
    for grown in told["growth"]["W10"].values():
        assert grown["least"] <= grown["power"] <= grown["most"]
