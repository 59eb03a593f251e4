"""Every way to rebuild dates ends in the same rows: `lake backfill`, Airflow's own backfill."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout.profile import REPOSITORY
from tests.end_to_end.running_lake import RunningLake

RUN_SECONDS = 1200


@pytest.fixture
def same_rows(week):
    """What readers see is the same after the test as before."""
    before = week.marts(), week.reports()
    assert all(count for tables in before for count, _checksum in tables.values())
    yield
    assert (week.marts(), week.reports()) == before


def airflow(lake: RunningLake, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("airflow")), *arguments]
    home = {"AIRFLOW_HOME": str(lake.home / "airflow"), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, env={**lake.environment, **home}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def backfills(lake: RunningLake) -> list[dict]:
    newest = json.loads(lake.command("runs", "daily_etl", "-n", "100", "--json"))
    return [run for run in newest if run["run_type"] == "backfill"]


def commands(lake: RunningLake, run: dict, task: str) -> str:
    """What a task's log says it ran."""
    folder = lake.home / "logs" / "airflow" / "dag_id=daily_etl" / f"run_id={run['run_id']}" / f"task_id={task}"
    return "\n".join(path.read_text() for path in folder.glob("*.log"))


def test_a_backfill_is_planned_staged_compared_published_and_rolled_back(week, same_rows):
    about = ("wearables/health_metrics", "--from", "2025-03-29", "--to", "2025-03-29")
    planned = json.loads(week.command("backfill", "plan", *about, "--json"))
    staged = json.loads(week.command("backfill", "run", *about, "--json"))
    assert staged["state"] == "staged"
    assert staged["rows"] == planned["rows"] == staged["rows_read"] > 1000
    assert staged["tables"].keys() == {f"{one['dataset']}@{one['zone']}" for one in planned["tables"]}
    assert staged["tables"]["wearables/step_intervals@silver"] == ["2025-03-28", "2025-03-30"]
    assert {(one["added"], one["removed"], one["changed"]) for one in staged["changes"]} == {(0, 0, 0)}
    assert sum(one["same"] for one in staged["changes"]) > 1000

    number, before = str(staged["backfill_id"]), shown(week)
    week.command("backfill", "publish", number)
    [published] = [one for one in json.loads(week.command("backfill", "list", "--json")) if one["state"] == "published"]
    assert published["release_id"] == shown(week) == before + 1
    week.command("rollback")
    assert shown(week) == before
    assert "was published" in week.attempt("backfill", "abandon", number).stderr
    # Forward again: the proof warns, rightly, while readers are shown less than gold has.
    week.command("rollback", "--to", str(published["release_id"]))
    assert shown(week) == before + 1


def shown(lake: RunningLake) -> int:
    [current] = [one for one in json.loads(lake.command("releases", "--json")) if one["state"] == "current"]
    return current["release_id"]


def test_airflows_own_backfill_rebuilds_the_day_of_its_interval_and_changes_nothing(week, same_rows):
    dates = ("--from-date", "2025-03-30", "--to-date", "2025-03-30")
    airflow(week, "backfill", "create", "--dag-id", "daily_etl", *dates, "--reprocess-behavior", "completed")

    @retry(
        retry=retry_if_result(lambda runs: not runs or not all(run["state"] == "success" for run in runs)),
        stop=stop_after_delay(RUN_SECONDS),
        wait=wait_fixed(2),
    )
    def ended() -> list[dict]:
        runs = backfills(week)
        assert "failed" not in {run["state"] for run in runs}
        return runs

    for run in ended():
        day = run["interval"][0][:10]
        for task in ("silver", "gold"):
            assert f"'--from', '{day}', '--to', '{day}'" in commands(week, run, task)


def test_a_run_that_lands_again_succeeds_and_says_what_ran(stack):
    first, second = (json.loads(stack.command("run", "land_sources", "--json")) for _ in range(2))
    for run in (first, second):
        assert run["state"] == "success"
        assert {task["task_id"] for task in run["tasks"]} == {"land_kafka_log", "land_snapshot", "land_files"}
    assert first["run_id"] != second["run_id"]


def test_dates_are_refused_where_they_mean_nothing(stack):
    refused = stack.attempt("run", "land_sources", "--from", "2025-03-28", "--to", "2025-03-28")
    assert refused.returncode == 1
    assert "land_sources takes no dates" in refused.stderr


def test_an_unknown_dag_is_refused_with_the_names_of_those_there_are(stack):
    refused = stack.attempt("run", "no_such_dag")
    assert refused.returncode == 1
    assert "it has backfill, daily_etl, docs, land_sources, search, weekly_analytics" in refused.stderr
