"""Dates are rebuilt by `lake backfill` and end in the same rows; a run that makes no sense is refused.

Airflow's own backfill is in `test_search_of_a_week.py`, for a search follows it.
"""

import json

import pytest

from tests.end_to_end.running_lake import RunningLake


@pytest.mark.long
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


def test_a_run_that_lands_again_succeeds_and_says_what_ran(week):
    first, second = (json.loads(week.command("run", "land_sources", "--json")) for _ in range(2))
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
    assert "it has backfill, daily_etl, docs, land_sources, maintenance, search, weekly_analytics" in refused.stderr
