"""The Data Docs of a whole week: every table that has rows, in pages that need nothing beside them."""

import re

import pytest

from lake_layout.contracts import Zone, contracts
from tests.end_to_end.running_lake import RunningLake

pytestmark = pytest.mark.long


def test_the_data_docs_show_the_tables_of_every_zone(docs_of_week: RunningLake) -> None:
    page = (docs_of_week.home / "data_docs" / "index.html").read_text()
    suites = {f"{zone}.{of.source}.{of.dataset}" for of in contracts().values() for zone in set(of.zones) - {Zone.RAW}}
    judged = page.partition("Expectation Suites")[0]
    assert {suite for suite in suites if f">{suite}" not in re.sub(r"\s+", "", judged)} == set()


def test_no_page_loads_anything_from_elsewhere(docs_of_week: RunningLake) -> None:
    pages = list((docs_of_week.home / "data_docs").rglob("*.html"))
    assert len(pages) > 50
    asks = re.compile(r"""(?:src|href)=["'](?:[a-z]+:)?//|url\((?!#)|@import|<script""")
    assert [page.name for page in pages if asks.search(page.read_text())] == []
