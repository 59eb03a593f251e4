"""A headless Chromium that operates the Airflow UI as a person does, and remembers what went wrong on its pages."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.end_to_end.running_lake import RunningLake

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no browser: install chromium and chromium-driver to run this test"
)
PAGE_SECONDS = 120
# Without sandbox, for tests may run as root; without anything that asks the world.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--lang=en-US",
)
# The cookie of those who are logged in.
AIRFLOW_KNOWS = "_token"
FROM_HERE = ("http://127.0.0.1", "file:", "data:", "blob:")


@contextmanager
def opened(width: int, height: int) -> Iterator[webdriver.Chrome]:
    """A browser that keeps what its console says and what it asked the network for."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def seen(browser: webdriver.Chrome, selector: str) -> WebElement:
    """The first element that can be clicked, as soon as there is one."""

    def look(driver: webdriver.Chrome) -> WebElement | None:
        return next((e for e in driver.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()), None)

    return WebDriverWait(browser, PAGE_SECONDS).until(look, f"{selector} did not appear at {browser.current_url}")


def log_in(browser: webdriver.Chrome, lake: RunningLake, password: str) -> None:
    """As one whom Airflow has not seen yet."""
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    keys = lake.connections["airflow"]
    browser.get(keys["url"])
    seen(browser, "input[name=username]").send_keys(keys["user"])
    seen(browser, "input[name=password]").send_keys(password)
    seen(browser, "button[type=submit]").click()


def open_page(browser: webdriver.Chrome, lake: RunningLake, path: str) -> None:
    """A page of the Airflow UI, for one who is logged in."""
    keys = lake.connections["airflow"]
    told = browser.execute_cdp_cmd("Network.getCookies", {"urls": [keys["url"]]})
    if AIRFLOW_KNOWS not in {cookie["name"] for cookie in told["cookies"]}:
        log_in(browser, lake, keys["password"])
        WebDriverWait(browser, PAGE_SECONDS).until(lambda driver: "/auth/login" not in driver.current_url)
        seen(browser, "[data-testid=nav-dags-link]")
    show(browser, f"{keys['url']}/{path}")


def show(browser: webdriver.Chrome, address: str) -> None:
    """A page; what goes wrong on the one before, also while it is left, is forgotten."""
    browser.get("about:blank")
    went_wrong(browser)
    browser.get(address)


def went_wrong(browser: webdriver.Chrome) -> list[str]:
    """Errors of the console, answers of 400 and above, failed loads and requests to elsewhere, since last asked."""
    console = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return console + [words for event in events if (words := _wrong(event["method"], event["params"]))]


def _wrong(method: str, told: dict) -> str | None:
    if method == "Network.requestWillBeSent" and not told["request"]["url"].startswith(FROM_HERE):
        return f"asked elsewhere: {told['request']['url']}"
    if method == "Network.responseReceived" and told["response"]["status"] >= 400:
        return f"{told['response']['status']}: {told['response']['url']}"
    if method == "Network.loadingFailed" and not told.get("canceled"):
        return f"did not load: {told['errorText']}"
    return None
