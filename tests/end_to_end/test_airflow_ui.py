"""An operator in the Airflow UI: logs in with what `lake env` prints, sees the graph, rebuilds dates with the form."""

import json

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

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


def newest_run(lake: RunningLake) -> dict:
    return json.loads(lake.command("runs", "daily_etl", "-n", "1", "--json"))[0]


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


def test_the_form_rebuilds_the_dates_it_is_given(browser, week):
    before = newest_run(week)["run_id"]
    open_page(browser, week, "dags/daily_etl")
    seen(browser, "[data-testid=trigger-dag-button]").click()
    seen(browser, "input[name=element_from]").send_keys("03292025")
    seen(browser, "input[name=element_to]").send_keys("03312025")
    seen(browser, "[data-testid=trigger-dag-submit]").click()

    def ended(_driver: webdriver.Chrome) -> dict | None:
        run = newest_run(week)
        return run if run["run_id"] != before and run["state"] in ("success", "failed") else None

    run = WebDriverWait(browser, RUN_SECONDS, poll_frequency=2).until(ended)
    assert (run["state"], run["run_type"], run["dates"]) == ("success", "manual", ["2025-03-29", "2025-03-31"])
    browser.get(f"{week.connections['airflow']['url']}/dags/daily_etl/runs/{run['run_id']}")
    assert seen(browser, "[data-testid=state-badge]").text == "Success"
