"""Search through the whole road: what was said to the coach is found once, also after its day was backfilled."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from tests.end_to_end.running_lake import SECONDS, RunningLake


@pytest.fixture(scope="module")
def searched(week: RunningLake) -> Iterator[RunningLake]:
    """The stack of the week, with a search for as long as this module needs one."""
    variables = week.home / "profile.env"
    before = variables.read_text()
    variables.write_text(f"{before}LAKE_SEARCH__ENABLED=true\n")
    try:
        week.command("up", "search")
        # It reads the files of DAGs when it starts, and then every ten minutes.
        week.command("restart", "airflow-dag-processor")
        yield week
    finally:
        week.command("down", "search")
        variables.write_text(before)


def found(lake: RunningLake, words: str, *filters: str) -> list[dict[str, Any]]:
    told = json.loads(lake.command("search", words, *filters, "--limit", "1000", "--json"))
    assert told["total"] == len(told["hits"])
    return list(told["hits"])


def ids(hits: list[dict[str, Any]]) -> list[str]:
    return sorted(hit["key"]["event_id"] for hit in hits)


until_it_is = retry(retry=retry_if_result(lambda done: not done), stop=stop_after_delay(SECONDS), wait=wait_fixed(2))


@until_it_is
def followed(lake: RunningLake) -> bool:
    """Whether `search` has followed a release by itself."""
    runs = [run for run in json.loads(lake.command("runs", "search", "--json")) if run["run_type"] == "asset_triggered"]
    assert "failed" not in {run["state"] for run in runs}
    return any(run["state"] == "success" for run in runs)


def test_what_was_said_is_found_once_also_after_its_day_was_backfilled(searched: RunningLake) -> None:
    searched.command("run", "search")
    turns = "lake.ai_coach__conversation_turns"
    asked = f"SELECT text, toString(event_date), user_id FROM {turns} WHERE position(text, ' ') > 0 AND role = 'user'"
    owner = searched.clickhouse(reader=False)
    text, day, user = owner.query(f"{asked} ORDER BY event_id LIMIT 1").result_rows[0]

    def said(condition: str) -> list[str]:
        sql = f"SELECT event_id FROM {turns} WHERE text = {{text:String}} AND {condition} ORDER BY 1"
        return [event_id for (event_id,) in owner.query(sql, parameters={"text": text}).result_rows]

    hits = found(searched, f'"{text}"')
    assert ids(hits) == said("true") != []
    assert all(hit["row"]["text"] == text and "<em>" in hit["snippets"][0] for hit in hits)
    assert ids(found(searched, f'"{text}"', "--from", day, "--to", day)) == said(f"event_date = '{day}'")
    assert ids(found(searched, f'"{text}"', "--user", user)) == said(f"user_id = '{user}'")
    assert found(searched, f'"{text}"', "--dataset", "app_logs/service_logs") == []
    loosely = found(searched, " ".join(text.split()[:2]))
    assert [hit["score"] for hit in loosely] == sorted((hit["score"] for hit in loosely), reverse=True)

    assert until_it_is(searched.follows_assets)("search")
    about = ("ai_coach/ai_interactions", "--from", day, "--to", day)
    staged = json.loads(searched.command("backfill", "run", *about, "--json"))
    searched.command("backfill", "publish", str(staged["backfill_id"]))
    assert followed(searched)
    assert ids(found(searched, f'"{text}"')) == ids(hits)
    assert ids(found(searched, f'"{text}"', "--from", day, "--to", day)) == said(f"event_date = '{day}'")
