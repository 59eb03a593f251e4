"""The pages that people look at, in a real browser: none empty, none with an error.

Each is photographed into `screenshots/` of the stack's home, to be looked at after the test.
"""

import json
import re

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from lake_layout.contracts import Zone, contracts, in_order
from tests.end_to_end.browser import PAGE_SECONDS, needs_browser, open_page, seen, show, went_wrong
from tests.end_to_end.running_lake import RunningLake

pytestmark = [needs_browser, pytest.mark.long]

WRONG = re.compile(r"\b(?:Error|Exception|Traceback|Not Found|Internal Server|undefined|NaN|nothing is here yet)\b")
# The page of dbt asks for these once, by the words of its own templates.
KNOWN = re.compile(r"/lake/dbt_docs/.*(?:getIcon|favicons)")
MODEL = {"clickhouse": "fct_daily_activity", "postgres": "daily_user_summary"}


def looked_at(browser: webdriver.Chrome, lake: RunningLake, name: str, *words: str) -> str:
    """The text of the page, or of the frame that was entered, as soon as it has all the words; nothing went wrong."""

    def text(driver: webdriver.Chrome) -> str:
        return driver.find_element(By.TAG_NAME, "body").text

    def shows_all(driver: webdriver.Chrome) -> bool:
        return all(word in text(driver) for word in words)

    wait = WebDriverWait(browser, PAGE_SECONDS, ignored_exceptions=[StaleElementReferenceException])
    wait.until(shows_all, f"{name} does not show all of {words}")
    folder = lake.home / "screenshots"
    folder.mkdir(exist_ok=True)
    assert browser.save_screenshot(str(folder / f"{name}.png"))
    shown = text(browser)
    assert WRONG.findall(shown) == []
    assert [words for words in went_wrong(browser) if not KNOWN.search(words)] == []
    return shown


def browse(browser: webdriver.Chrome, lake: RunningLake, title: str) -> None:
    """Open a page of the menu *Browse* and enter its frame."""

    def item(driver: webdriver.Chrome) -> WebElement | None:
        return next((one for one in driver.find_elements(By.LINK_TEXT, title) if one.is_displayed()), None)

    open_page(browser, lake, "dags")
    seen(browser, "[data-testid=nav-sidebar] button[aria-label=Browse]").click()
    WebDriverWait(browser, PAGE_SECONDS).until(item, f"the menu has no {title}").click()
    browser.switch_to.frame(seen(browser, f"iframe[title='{title}']"))


def columns_of(week: RunningLake, warehouse: str) -> list[str]:
    """Names as the project describes them, types as the warehouse has them."""
    names, types = (
        json.loads((week.home / "dbt" / warehouse / f"{of}.json").read_text())["nodes"][
            f"model.fitness.{MODEL[warehouse]}"
        ]["columns"]
        for of in ("manifest", "catalog")
    )
    assert names.keys() == types.keys()
    return [*names, *(column["type"] for column in types.values())]


def test_the_graph_of_a_run_shows_its_tasks_and_how_they_ended(browser: webdriver.Chrome, week: RunningLake) -> None:
    run = next(run["dag_run_id"] for run in week.runs("daily_etl") if run["run_type"] != "scheduled")
    open_page(browser, week, f"dags/daily_etl/runs/{run}")
    seen(browser, "button[aria-label^='Show Graph']").click()
    seen(browser, ".react-flow__node")
    looked_at(browser, week, "graph", "daily_etl", "bronze", "gate_gold", "release", "success")


def test_the_assets_are_the_tables_of_the_lake(browser: webdriver.Chrome, week: RunningLake) -> None:
    # A limit is heard together with a page only; no more than these fit on one.
    open_page(browser, week, "assets?offset=0&limit=100")
    names = [f"{zone}/{of.address}" for zone in (Zone.BRONZE, Zone.SILVER, Zone.GOLD) for of in in_order(zone)]
    looked_at(browser, week, "assets", *names)
    browser.find_element(By.LINK_TEXT, "gold/health/daily_activity").click()
    seen(browser, ".react-flow__node")
    looked_at(browser, week, "asset", "gold/health/daily_activity", "daily_etl", "Asset Events")


def test_the_report_of_the_week_has_its_numbers_and_plots(browser: webdriver.Chrome, week: RunningLake) -> None:
    [report] = (week.home / "lake" / "reports").glob("*.html")
    show(browser, report.as_uri())
    looked_at(browser, week, "report", "Week 2025-W13", "steps a day", "People by day", "Steps by hour")
    drawn = browser.find_elements(By.CSS_SELECTOR, "figure svg")
    assert len(drawn) == 4
    assert all(plot.size["height"] > 100 and plot.find_elements(By.CSS_SELECTOR, "path") for plot in drawn)
    headlines = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".headlines strong")]
    # What is of fewer people than may be told of is a dash.
    numbers = [words for words in headlines if words != "–"]
    assert len(numbers) >= 5 and all(re.match(r"[\d,.]+", number) for number in numbers)


def test_the_catalogue_shows_every_dataset_and_its_page(browser: webdriver.Chrome, docs_of_week: RunningLake) -> None:
    browse(browser, docs_of_week, "Datasets")
    looked_at(browser, docs_of_week, "catalogue", *contracts())
    browser.find_element(By.LINK_TEXT, "health/daily_activity").click()
    of = contracts()["health/daily_activity"]
    names = (column.name for column in of.columns)
    looked_at(browser, docs_of_week, "catalogue_dataset", of.description, *names, "passed")


@pytest.mark.parametrize("warehouse, title", [("clickhouse", "ClickHouse"), ("postgres", "Postgres")])
def test_the_dbt_docs_show_a_model_its_columns_and_its_lineage(
    browser: webdriver.Chrome, docs_of_week: RunningLake, warehouse: str, title: str
) -> None:
    browse(browser, docs_of_week, f"dbt docs ({title})")
    looked_at(browser, docs_of_week, f"dbt_docs_{warehouse}", "fitness")
    browser.execute_script(f"location.hash = '#!/model/model.fitness.{MODEL[warehouse]}'")
    columns = columns_of(docs_of_week, warehouse)
    looked_at(browser, docs_of_week, f"dbt_model_{warehouse}", MODEL[warehouse], "Depends On", *columns)
    seen(browser, ".launcher-btn").click()
    canvas = seen(browser, "canvas")
    WebDriverWait(browser, PAGE_SECONDS).until(lambda _: canvas.size["height"] > 100)
    looked_at(browser, docs_of_week, f"dbt_lineage_{warehouse}")


def test_the_data_docs_show_what_was_judged(browser: webdriver.Chrome, docs_of_week: RunningLake) -> None:
    browse(browser, docs_of_week, "Data Docs")
    suites = ("bronze.wearables.health_metrics", "silver.wearables.step_intervals", "gold.health.daily_activity")
    looked_at(browser, docs_of_week, "data_docs", "Validation Results", "Success", *suites)
    row = "//tr[td//a[normalize-space()='gold.health.daily_activity']]/td[2]/a"
    browser.find_element(By.XPATH, row).click()
    looked_at(browser, docs_of_week, "data_docs_table", "gold.health.daily_activity", "Evaluated Expectations")
