"""Every statement of the page of questions and of the dashboards, as the reader: an answer, in under a second."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lake_cli.questions import Question, read
from lake_layout.profile import REPOSITORY
from local_stack.grafana import Panel, dashboards
from tests.end_to_end.running_lake import RunningLake
from tests.superset_assets import Chart, charts

QUESTIONS = read((REPOSITORY / "docs" / "guides" / "questions.md").read_text())
SECONDS = 1.0
TRIES = 3
LARGE_GROUPS = re.compile(r"^having people >= \d+$", re.MULTILINE)
# Names of columns, and rows.
Answer = tuple[list[str], list[Any]]


def answered(ask: Callable[[str], Answer], sql: str) -> Answer:
    """The answer; the first time is not timed, for a laptop that has just released reads its files anew.

    The best of some is, for other stacks wait on the same cores.
    """
    answer, seconds = ask(sql), []
    for _try in range(TRIES):
        begin = time.monotonic()
        answer = ask(sql)
        seconds.append(time.monotonic() - begin)
        if seconds[-1] < SECONDS:
            return answer
    pytest.fail(f"{sql}\ntook {seconds} seconds")


@pytest.fixture
def clickhouse(week: RunningLake) -> Callable[[str], Answer]:
    reader = week.clickhouse()

    def ask(sql: str) -> Answer:
        found = reader.query(sql)
        return list(found.column_names), list(found.result_rows)

    return ask


@pytest.fixture
def postgres(week: RunningLake) -> Iterator[Callable[[str], Answer]]:
    reader = week.postgres()

    def ask(sql: str) -> Answer:
        found = reader.execute(sql)
        return [column.name for column in found.description], found.fetchall()

    yield ask
    reader.close()


def test_the_page_has_questions_for_both_warehouses() -> None:
    assert sum(one.warehouse == "clickhouse" for one in QUESTIONS) >= 10
    assert sum(one.warehouse == "postgres" for one in QUESTIONS) >= 3


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_a_question_is_answered_in_the_columns_that_the_page_shows(
    request: pytest.FixtureRequest, question: Question
) -> None:
    ask = request.getfixturevalue(question.warehouse)
    names, rows = answered(ask, question.sql)
    if not rows:
        # The people of these tests are too few for groups that are large enough to be told of.
        names, rows = ask(LARGE_GROUPS.sub("", question.sql))
    assert rows
    assert question.answer.splitlines()[0] == f"| {' | '.join(names)} |"


@pytest.mark.parametrize(
    "panel", [panel for dashboard in dashboards().values() for panel in dashboard.panels], ids=lambda panel: panel.title
)
def test_every_panel_of_a_dashboard_is_answered(clickhouse: Callable[[str], Answer], panel: Panel) -> None:
    _names, rows = answered(clickhouse, panel.sql)
    # Nothing went wrong in that week, so nothing is in quarantine.
    assert rows or panel.title == "Quarantine by dataset"


@pytest.mark.parametrize("chart", charts(), ids=lambda chart: chart.file.stem)
def test_every_chart_of_superset_is_answered(request: pytest.FixtureRequest, chart: Chart) -> None:
    _names, rows = answered(request.getfixturevalue(chart.warehouse), chart.statement)
    assert rows
