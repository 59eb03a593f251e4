"""A real browser without a window, for tests that look at pages as people do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needed = pytest.mark.skipif(
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


@contextmanager
def opened(width: int, height: int) -> Iterator[webdriver.Chrome]:
    """A browser that also keeps what it asked the network for: `get_log("performance")`."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    for flag in (*FLAGS, f"--window-size={width},{height}"):
        options.add_argument(flag)
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
