"""`make bi` on a running lake: each dashboard in a real browser, every chart with data; a second time nothing changes.

Outside `make test`, for it needs Superset's own environment: `make test-bi`.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.end_to_end.browser import PAGE_SECONDS, needs_browser, opened, seen
from tests.end_to_end.running_lake import RunningLake
from tests.superset_assets import charts, read

pytestmark = [pytest.mark.bi, needs_browser]
# A chart is drawn as one of these.
DRAWN = "canvas, table tbody tr, .header-line"
# An empty page takes less than a tenth of that.
LEAST_BYTES_OF_A_PICTURE = 50_000


@pytest.fixture(scope="module")
def superset(week: RunningLake) -> Iterator[RunningLake]:
    week.command("bi")
    yield week
    week.command("down", "superset")


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    with opened(1500, 2000) as driver:
        yield driver


def log_in(browser: webdriver.Chrome, lake: RunningLake, password: str) -> None:
    keys = lake.connections["superset"]
    browser.get(f"{keys['url']}/login/")
    seen(browser, "#username").send_keys(keys["user"])
    seen(browser, "#password").send_keys(password)
    seen(browser, "button[type=submit]").click()


def open_dashboard(browser: webdriver.Chrome, lake: RunningLake, slug: str) -> None:
    log_in(browser, lake, lake.connections["superset"]["password"])
    WebDriverWait(browser, PAGE_SECONDS).until(lambda driver: "/login" not in driver.current_url)
    browser.get_log("performance")
    browser.get(f"{lake.connections['superset']['url']}/superset/dashboard/{slug}/")


def answers(browser: webdriver.Chrome, expected: int) -> list[dict[str, Any]]:
    """The answers that the charts got, as soon as there are as many; nobody but Superset was asked for anything."""
    asked: dict[str, str] = {}
    answered: set[str] = set()

    def look(driver: webdriver.Chrome) -> bool:
        for entry in driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            told = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                asked[told["requestId"]] = told["request"]["url"]
            elif message["method"] == "Network.loadingFailed" and told.get("blockedReason") == "csp":
                asked.pop(told["requestId"], None)
            elif message["method"] == "Network.responseReceived" and "/api/v1/chart/data" in told["response"]["url"]:
                answered.add(told["requestId"])
        return len(answered) >= expected

    WebDriverWait(browser, PAGE_SECONDS).until(look, f"{expected} charts did not all ask for their data")
    places = [urlsplit(url) for url in asked.values()]
    assert {place.netloc for place in places if place.scheme != "data"} == {urlsplit(browser.current_url).netloc}
    return [body(browser, one) for one in sorted(answered)]


def body(browser: webdriver.Chrome, request: str) -> dict[str, Any]:
    def look(driver: webdriver.Chrome) -> dict[str, Any]:
        return json.loads(driver.execute_cdp_cmd("Network.getResponseBody", {"requestId": request})["body"])

    # Its head comes before its body.
    return WebDriverWait(browser, PAGE_SECONDS, ignored_exceptions=[WebDriverException]).until(look)


@pytest.mark.parametrize("dashboard", read("dashboards").values(), ids=lambda one: one["slug"])
def test_every_chart_of_a_dashboard_shows_data(browser, superset, dashboard):
    placed = [one for one in dashboard["position"].values() if isinstance(one, dict) and one["type"] == "CHART"]
    open_dashboard(browser, superset, dashboard["slug"])
    found = answers(browser, len(placed))
    assert [one for one in found if "result" not in one] == []
    assert [one["result"][0]["query"] for one in found if not one["result"][0]["rowcount"]] == []

    def drawn(driver: webdriver.Chrome) -> bool:
        found = driver.find_elements(By.CSS_SELECTOR, ".dashboard-component-chart-holder")
        return len(found) == len(placed) and all(one.find_elements(By.CSS_SELECTOR, DRAWN) for one in found)

    WebDriverWait(browser, PAGE_SECONDS).until(drawn, "not every chart was drawn")
    assert [one.text for one in browser.find_elements(By.CSS_SELECTOR, "[role=alert], .ant-empty")] == []
    picture = superset.home / f"{dashboard['slug']}.png"
    browser.save_screenshot(str(picture))
    assert picture.stat().st_size > LEAST_BYTES_OF_A_PICTURE


def test_a_wrong_password_stays_outside(browser, superset):
    log_in(browser, superset, "not the password")
    seen(browser, "[role=alert], .ant-message-error, .alert-danger")
    assert "/login" in browser.current_url


def test_a_second_time_changes_nothing(superset):
    log = superset.home / "logs" / "superset-initialise.log"
    before = made(superset), log.stat().st_mtime_ns
    assert "was up" in superset.attempt("bi").stderr
    assert (made(superset), log.stat().st_mtime_ns) == before


def made(lake: RunningLake) -> list[tuple[Any, ...]]:
    """Everything that stands on dashboards, and when it was last changed."""
    kinds = ("dbs", "tables", "slices", "dashboards")
    asked = " union all ".join(f"select '{kind}', uuid::text, changed_on from {kind}" for kind in kinds)
    dsn = lake.connections["postgres"]["dsn"].rpartition("/")[0] + "/superset"
    with psycopg.connect(dsn) as connection:
        found = connection.execute(f"{asked} order by 1, 2").fetchall()
    assert len(found) == sum(len(read(kind)) for kind in ("databases", "datasets", "dashboards")) + len(charts())
    return found
