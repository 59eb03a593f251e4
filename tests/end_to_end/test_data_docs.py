"""The Data Docs of a whole week: every table that has rows, and nothing that the gates had not found."""

from lake_layout.contracts import Zone, contracts
from tests.end_to_end.running_lake import RunningLake


def test_the_data_docs_show_the_tables_of_every_zone(week: RunningLake) -> None:
    week.command("run", "docs")
    page = (week.home / "data_docs" / "index.html").read_text()
    suites = {f"{zone}.{of.source}.{of.dataset}" for of in contracts().values() for zone in set(of.zones) - {Zone.RAW}}
    assert {suite for suite in suites if suite not in page} == set()
