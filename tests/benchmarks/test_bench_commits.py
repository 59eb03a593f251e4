"""A small lake of many commits, on real services: maintenance leaves it few files and the same rows."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import many_commits
from benchmarks.many_commits import PROBES, Different
from benchmarks.workloads import WORKLOADS
from lake_layout.profile import REPOSITORY, profile
from tests.end_to_end.running_lake import NO_SCHEDULES

EVENTS = 100_000
HOME = REPOSITORY / ".lake-test-commits"


def test_many_commits_are_measured_where_they_are_asked_for() -> None:
    assert WORKLOADS["W6"].by_choice
    assert set(WORKLOADS) - set(command._USUAL) == {name for name, one in WORKLOADS.items() if one.by_choice}


def test_fewer_events_make_fewer_commits_of_the_same_size() -> None:
    told = [(many_commits._scaled(288, events), many_commits._scaled(200, events)) for events in (10**5, 10**6, 10**7)]
    assert told == [(29, 20), (288, 200), (288, 200)]
    assert many_commits._scaled(288, 1000) == 12


def test_other_rows_after_maintenance_end_the_run() -> None:
    many_commits._require_same({"a": "1 rows"}, {"a": "1 rows"})
    with pytest.raises(Different, match="2 rows"):
        many_commits._require_same({"a": "1 rows"}, {"a": "2 rows"})


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """A home of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LAKE_", "SPARK_"))}
    own = {"LAKE_HOME": str(HOME), "LAKE_PORT_OFFSET": "1700", "LAKE_JARS": str(profile().jars)}
    made = {**inherited, **own, **NO_SCHEDULES}
    down = [str(Path(sys.executable).with_name("lake")), "down"]
    subprocess.run(down, env=made, check=False, capture_output=True)
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        yield made
    finally:
        subprocess.run(down, env=made, check=True, capture_output=True)


@pytest.mark.long
@pytest.mark.services
@pytest.mark.timeout(1800)
def test_maintenance_leaves_few_files_and_the_same_rows(environment: dict[str, str], tmp_path: Path) -> None:
    words = ["run", "--size", str(EVENTS), "--workload", "W6", "--into", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [result] = tmp_path.glob("*.json")
    told = json.loads(result.read_text())["workloads"]["W6"]["ours"]
    assert (told["commits"], told["restatements"]) == (29, 20)
    assert {len(probes) for probes in told["probes"].values()} == {PROBES}
    assert told["files"]["after commits"] > 5 * told["files"]["after maintenance"]
