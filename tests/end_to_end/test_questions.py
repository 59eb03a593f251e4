"""Every statement of the page of questions and of the dashboards, as the reader: an answer, in under a second."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from lake_layout.profile import REPOSITORY
from local_stack.grafana import Panel, dashboards
from tests.end_to_end.running_lake import RunningLake
from tests.superset_assets import Chart, charts

PAGE = (REPOSITORY / "docs" / "guides" / "questions.md").read_text()
SECONDS = 1.0
IN_CLICKHOUSE, IN_POSTGRES = (
    re.findall(r"```sql\n(.*?)```", part, re.DOTALL) for part in PAGE.partition("## ClickHouse")[2].split("## Postgres")
)


def answered(ask: Callable[[], list[Any]]) -> list[Any]:
    """The answer; the first time is not timed, for a laptop that has just released reads its files anew."""
    ask()
    begin = time.monotonic()
    rows = ask()
    assert time.monotonic() - begin < SECONDS
    return rows


def test_the_page_has_questions_for_both_warehouses() -> None:
    assert len(IN_CLICKHOUSE) >= 10 and len(IN_POSTGRES) >= 3
    assert len(IN_CLICKHOUSE) + len(IN_POSTGRES) == PAGE.count("```sql")


@pytest.mark.parametrize("statement", IN_CLICKHOUSE)
def test_clickhouse_answers_the_reader(week: RunningLake, statement: str) -> None:
    reader = week.clickhouse()
    assert answered(lambda: list(reader.query(statement).result_rows))


@pytest.mark.parametrize("statement", IN_POSTGRES)
def test_postgres_answers_the_reader(week: RunningLake, statement: str) -> None:
    with week.postgres() as reader:
        assert answered(lambda: reader.execute(statement).fetchall())


@pytest.mark.parametrize(
    "panel", [panel for dashboard in dashboards().values() for panel in dashboard.panels], ids=lambda panel: panel.title
)
def test_every_panel_of_a_dashboard_is_answered(week: RunningLake, panel: Panel) -> None:
    reader = week.clickhouse()
    rows = answered(lambda: list(reader.query(panel.sql).result_rows))
    # Nothing went wrong in that week, so nothing is in quarantine.
    assert rows or panel.title == "Quarantine by dataset"


@pytest.mark.parametrize("chart", charts(), ids=lambda chart: chart.file.stem)
def test_every_chart_of_superset_is_answered(week: RunningLake, chart: Chart) -> None:
    if chart.warehouse == "clickhouse":
        reader = week.clickhouse()
        assert answered(lambda: list(reader.query(chart.statement).result_rows))
    else:
        with week.postgres() as connection:
            assert answered(lambda: connection.execute(chart.statement).fetchall())
