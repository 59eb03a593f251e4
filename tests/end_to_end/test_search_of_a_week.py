"""Search through the whole road: what was said to the coach is found once, also after its day was rebuilt.

Airflow's own backfill rebuilds the day, ends in the same rows, and the search follows its release.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout.profile import REPOSITORY
from tests.end_to_end.running_lake import SECONDS, RunningLake

pytestmark = pytest.mark.long
DAY = "2025-03-30"
TURNS = "lake.ai_coach__conversation_turns"
until_it_is = retry(retry=retry_if_result(lambda done: not done), stop=stop_after_delay(SECONDS), wait=wait_fixed(2))


@pytest.fixture(scope="module")
def searched(week: RunningLake) -> Iterator[RunningLake]:
    """The stack of the week, with a search of it for as long as this module needs one."""
    variables = week.home / "profile.env"
    before = variables.read_text()
    variables.write_text(f"{before}LAKE_SEARCH__ENABLED=true\n")
    try:
        week.command("up", "search")
        # It reads the files of DAGs when it starts, and then every ten minutes.
        week.command("restart", "airflow-dag-processor")
        week.command("run", "search")
        yield week
    finally:
        week.command("down", "search")
        variables.write_text(before)


@pytest.fixture
def turn(searched: RunningLake) -> tuple[str, str]:
    """The first words that a person said to the coach on that day, more than one, and who."""
    asked = (
        f"SELECT text, user_id FROM {TURNS} WHERE event_date = '{DAY}' AND role = 'user' AND position(text, ' ') > 0"
    )
    return searched.clickhouse(reader=False).query(f"{asked} ORDER BY event_id LIMIT 1").result_rows[0]


def said(lake: RunningLake, text: str, condition: str = "true") -> list[str]:
    """The turns with this text in the release that is shown."""
    sql = f"SELECT event_id FROM {TURNS} WHERE text = {{text:String}} AND {condition} ORDER BY 1"
    rows = lake.clickhouse(reader=False).query(sql, parameters={"text": text}).result_rows
    return [event_id for (event_id,) in rows]


def found(lake: RunningLake, words: str, *filters: str) -> list[dict[str, Any]]:
    told = json.loads(lake.command("search", words, *filters, "--limit", "1000", "--json"))
    assert told["total"] == len(told["hits"])
    return list(told["hits"])


def ids(hits: list[dict[str, Any]]) -> list[str]:
    return sorted(hit["key"]["event_id"] for hit in hits)


@until_it_is
def followed(lake: RunningLake) -> bool:
    """Whether `search` has followed a release by itself."""
    runs = [run for run in lake.runs("search") if run["run_type"] == "asset_triggered"]
    assert "failed" not in {run["state"] for run in runs}
    return any(run["state"] == "success" for run in runs)


def airflow(lake: RunningLake, *arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("airflow")), *arguments]
    home = {"AIRFLOW_HOME": str(lake.home / "airflow"), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, env={**lake.environment, **home}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@until_it_is
def backfills(lake: RunningLake) -> list[dict[str, Any]]:
    """The runs of Airflow's own backfills, as soon as there are some and all have ended well."""
    runs = [run for run in lake.runs("daily_etl") if run["run_type"] == "backfill"]
    assert "failed" not in {run["state"] for run in runs}
    return runs if all(run["state"] == "success" for run in runs) else []


def commands(lake: RunningLake, run: dict[str, Any], task: str) -> str:
    """What a task's log says it ran."""
    folder = lake.home / "logs" / "airflow" / "dag_id=daily_etl" / f"run_id={run['dag_run_id']}" / f"task_id={task}"
    return "\n".join(path.read_text() for path in folder.glob("*.log"))


def test_what_was_said_is_found_once_with_its_day_and_who_said_it(searched: RunningLake, turn: tuple[str, str]) -> None:
    text, user = turn
    hits = found(searched, f'"{text}"')
    assert ids(hits) == said(searched, text) != []
    assert all(hit["row"]["text"] == text and "<em>" in hit["snippets"][0] for hit in hits)
    of_day = said(searched, text, f"event_date = '{DAY}'")
    assert ids(found(searched, f'"{text}"', "--from", DAY, "--to", DAY)) == of_day
    assert ids(found(searched, f'"{text}"', "--user", user)) == said(searched, text, f"user_id = '{user}'")
    assert found(searched, f'"{text}"', "--dataset", "app_logs/service_logs") == []
    loosely = found(searched, " ".join(text.split()[:2]))
    assert [hit["score"] for hit in loosely] == sorted((hit["score"] for hit in loosely), reverse=True)


def test_airflows_own_backfill_changes_nothing_and_what_was_said_on_its_day_is_found_once(
    searched: RunningLake, turn: tuple[str, str], same_rows: None
) -> None:
    text, _user = turn
    before = said(searched, text)
    assert until_it_is(searched.follows_assets)("search")
    dates = ("--from-date", DAY, "--to-date", DAY)
    airflow(searched, "backfill", "create", "--dag-id", "daily_etl", *dates, "--reprocess-behavior", "completed")
    [run] = backfills(searched)
    assert run["data_interval_start"].startswith(DAY)
    for task in ("silver", "gold"):
        assert f"'--from', '{DAY}', '--to', '{DAY}'" in commands(searched, run, task)

    assert followed(searched)
    assert ids(found(searched, f'"{text}"')) == said(searched, text) == before
    of_day = said(searched, text, f"event_date = '{DAY}'")
    assert ids(found(searched, f'"{text}"', "--from", DAY, "--to", DAY)) == of_day != []
