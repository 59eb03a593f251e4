"""What Airflow reads from the DAG folder: the graph, and what every DAG and task must say."""

import json

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import AssetAny

from dags.tasks import RELEASED, TELLS, WHOLE_MONTHS, WHOLE_WEEKS, LakeJob
from lake_layout.profile import REPOSITORY, profile
from tests.dags.the_dags import THE_DAGS


@pytest.fixture(scope="module")
def bag():
    return DagBag(REPOSITORY / "dags")


@pytest.fixture(params=THE_DAGS)
def dag(request, bag):
    return bag.dags[request.param]


def arrows(dag) -> set[tuple[str, str]]:
    return {(task.task_id, below) for task in dag.tasks for below in task.downstream_task_ids}


def test_the_folder_holds_these_dags_and_no_error(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == set(THE_DAGS)


def test_daily_etl_gates_each_zone_and_releases_what_was_proven(bag):
    assert arrows(bag.dags["daily_etl"]) == {
        ("bronze", "gate_bronze"),
        ("gate_bronze", "silver"),
        ("silver", "gate_silver"),
        ("gate_silver", "gold"),
        ("gold", "gate_gold"),
        ("gate_gold", "verify"),
        ("verify", "release"),
    }


def test_a_backfill_is_staged_and_compared_and_waits_behind_the_daily_runs(bag):
    assert arrows(bag.dags["backfill"]) == {("begin", "silver"), ("silver", "gold"), ("gold", "compare")}
    daily = min(task.priority_weight for dag in ("daily_etl", "land_sources") for task in bag.dags[dag].tasks)
    assert {task.pool for task in bag.dags["backfill"].tasks} == {"backfill"}
    assert all(task.priority_weight < daily for task in bag.dags["backfill"].tasks)


def test_docs_search_and_maintenance_wait_behind_the_daily_runs(bag):
    daily = min(task.priority_weight for task in bag.dags["daily_etl"].tasks)
    behind = ("docs", "search", "maintenance")
    assert all(task.priority_weight < daily for dag in behind for task in bag.dags[dag].tasks)


def test_maintenance_is_no_second_writer_of_what_is_replaced_by_date(bag):
    [task] = bag.dags["maintenance"].tasks
    assert task.command[1:] == ["-m", "spark_jobs", "maintenance"]
    assert task.pool == bag.dags["daily_etl"].get_task("silver").pool


@pytest.mark.parametrize("url", ["", "https://search.example:9200"])
def test_search_follows_every_release_where_there_is_a_search_and_waits_to_be_asked_elsewhere(monkeypatch, url):
    monkeypatch.setenv("LAKE_SEARCH__URL", url)
    profile.cache_clear()
    dags = DagBag(REPOSITORY / "dags").dags
    monkeypatch.undo()
    profile.cache_clear()
    assert [asset.name for asset in dags["search"].schedule or ()] == ([RELEASED.name] if url else [])
    assert RELEASED.name in {asset.name for asset in dags["daily_etl"].get_task("release").outlets}


def test_a_run_publishes_a_backfill_from_silver_to_its_release(bag):
    assert {task.task_id for task in bag.dags["daily_etl"].tasks if "backfill" in task.takes} == {
        "silver",
        "gold",
        "release",
    }


def test_weeks_and_months_are_built_when_days_of_whole_ones_are_released_and_a_daily_run_releases_them(bag):
    weekly, release = bag.dags["weekly_analytics"], bag.dags["daily_etl"].get_task("release")
    assert arrows(weekly) == {("weeks", "months"), ("months", "release"), ("release", "report")}
    assert weekly.get_task("release").trigger_dag_id == "daily_etl"
    begins = weekly.timetable.asset_condition
    assert {asset.name for asset in begins.objects} == {WHOLE_WEEKS.name, WHOLE_MONTHS.name}
    assert isinstance(begins, AssetAny)
    assert {key: asset.name for key, (_alias, asset) in release.tells.items()} == {
        key: asset.name for key, asset in TELLS.items()
    }


@pytest.mark.parametrize(("task", "dataset"), [("weeks", "weekly_progress"), ("months", "monthly_goals")])
def test_tables_of_a_period_are_built_by_one_task_alone(bag, task, dataset):
    tasks = [bag.dags["weekly_analytics"].get_task(name) for name in ("weeks", "months")]
    tasks.append(bag.dags["daily_etl"].get_task("gold"))
    built = {one.task_id: {asset.name for asset in one.outlets} for one in tasks}
    assert [name for name, assets in built.items() if f"gold/fitness/{dataset}" in assets] == [task]


def test_the_kinds_of_sources_land_side_by_side(bag):
    dag = bag.dags["land_sources"]
    assert {task.task_id for task in dag.tasks} == {"land_kafka_log", "land_snapshot", "land_files"}
    assert arrows(dag) == set()


def test_only_these_tasks_take_dates_and_only_a_snapshot_is_of_now(bag):
    tasks = [task for dag in bag.dags.values() for task in dag.tasks if isinstance(task, LakeJob)]
    assert {task.task_id for task in tasks if task.takes_dates} == {"silver", "gold", "verify", "weeks", "months"}
    assert {task.task_id for task in tasks if task.only_now} == {"land_snapshot"}


def test_a_dag_says_what_it_is_and_runs_once_at_a_time(dag):
    assert dag.doc_md and dag.description and dag.tags
    assert dag.max_active_runs == 1
    assert not dag.catchup


def test_a_task_has_an_owner_a_time_limit_retries_and_a_pool_of_one(dag):
    pools = json.loads((REPOSITORY / "dags" / "pools.json").read_text())
    for task in dag.tasks:
        assert task.owner == "data-platform"
        assert task.execution_timeout
        assert task.retries == 4
        assert task.retry_policy
        assert pools[task.pool]["slots"] == 1


def test_a_days_interval_is_that_day_in_utc(bag):
    timetable = bag.dags["daily_etl"].timetable
    assert (timetable.expression, str(timetable.timezone)) == ("0 0 * * *", "UTC")


def test_gold_tables_are_assets_named_as_their_contracts(bag):
    gold = bag.dags["daily_etl"].get_task("gold")
    assert "gold/health/daily_activity" in {asset.name for asset in gold.outlets}
