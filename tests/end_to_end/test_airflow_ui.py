"""An operator in the Airflow UI: logs in with what `lake env` prints, sees the graph, rebuilds dates with the form."""

import json

import pytest
from selenium.webdriver.common.by import By
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from tests.end_to_end.browser import log_in, needs_browser, open_page, seen
from tests.end_to_end.running_lake import WEEKLY, RunningLake

pytestmark = needs_browser

RUN_SECONDS = 900
TASKS = {
    "bronze",
    "gate_bronze",
    "silver",
    "gate_silver",
    "gold",
    "gate_gold",
    "verify",
    "release",
}


until_there_is = retry(
    retry=retry_if_result(lambda found: found is None), stop=stop_after_delay(RUN_SECONDS), wait=wait_fixed(2)
)


def manual_runs(lake: RunningLake) -> list[dict]:
    return [run for run in lake.runs("daily_etl") if run["run_type"] == "manual"]


def test_a_wrong_password_stays_outside(browser, stack):
    log_in(browser, stack, "not the password")
    seen(browser, "[role=alert], [data-status=error], .chakra-alert__root")
    assert "/auth/login" in browser.current_url


def test_the_dags_are_listed(browser, stack):
    open_page(browser, stack, "dags")
    for dag in ("daily_etl", "land_sources", WEEKLY):
        assert seen(browser, f"a[href='/dags/{dag}']").text == dag


def test_the_graph_shows_every_task_of_daily_etl(browser, stack):
    open_page(browser, stack, "dags/daily_etl")
    seen(browser, "button[aria-label^='Show Graph']").click()
    seen(browser, ".react-flow__node")
    nodes = browser.find_elements(By.CSS_SELECTOR, ".react-flow__node")
    assert {node.get_attribute("data-id") for node in nodes} == TASKS


@pytest.mark.long
def test_the_form_rebuilds_the_dates_it_is_given(browser, week):
    before = {run["dag_run_id"] for run in manual_runs(week)}
    open_page(browser, week, "dags/daily_etl")
    seen(browser, "[data-testid=trigger-dag-button]").click()
    seen(browser, "input[name=element_from]").send_keys("03292025")
    seen(browser, "input[name=element_to]").send_keys("03312025")
    seen(browser, "[data-testid=trigger-dag-submit]").click()

    def begun() -> str | None:
        return next((run["dag_run_id"] for run in manual_runs(week) if run["dag_run_id"] not in before), None)

    name = until_there_is(begun)()

    def ended() -> bool | None:
        [state] = [run["state"] for run in manual_runs(week) if run["dag_run_id"] == name]
        return True if state in ("success", "failed") else None

    # An open page asks for its run's state all the time, and takes a core for it.
    browser.get("about:blank")
    until_there_is(ended)()
    [run] = [one for one in json.loads(week.command("runs", "daily_etl", "--json")) if one["run_id"] == name]
    assert (run["state"], run["run_type"], run["dates"]) == ("success", "manual", ["2025-03-29", "2025-03-31"])
    open_page(browser, week, f"dags/daily_etl/runs/{name}")
    assert seen(browser, "[data-testid=state-badge]").text.casefold() == "success"
