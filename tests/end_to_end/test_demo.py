"""`lake demo`, as a newcomer runs it: it ends with answers, and the page of questions shows those of its data.

Ten minutes, so it runs where it is asked for: `make test-demo`.
"""

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from lake_cli.questions import read
from lake_layout.profile import REPOSITORY
from tests.end_to_end.running_lake import RunningLake, fresh
from tests.end_to_end.truth import assert_warehouses_agree

PAGE = REPOSITORY / "docs" / "guides" / "questions.md"
pytestmark = pytest.mark.skipif(not os.environ.get("LAKE_TEST_DEMO"), reason="it takes ten minutes: make test-demo")


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[RunningLake, str]]:
    """The demo's lake with its week, and what `lake demo` said."""
    with closing(fresh(".lake-test-demo", port_offset=800)) as stacks:
        lake = next(stacks)
        yield lake, lake.with_weeks("demo")


def test_it_ends_with_answers(demo: tuple[RunningLake, str]) -> None:
    lake, said = demo
    _progress, _title, answers = said.partition("Steps by day")
    for words in ("2025-03-24", "2025-03-31", "Sleep by day of the week", "Where to look next"):
        assert words in answers
    assert_warehouses_agree(lake)


def test_its_answers_are_those_of_the_page(demo: tuple[RunningLake, str]) -> None:
    """Where they are not: `lake demo && lake questions --write`."""
    lake, _said = demo
    shown = "".join(f"{one.words}\n\n{one.answer}\n" for one in read(PAGE.read_text()))
    assert lake.command("questions") == shown
