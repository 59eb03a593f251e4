"""`lake questions`: the page of questions that people ask, answered by the warehouses of this home.

docs/guides/questions.md → each statement, as the reader → a table in Markdown. The page's own answers are those of the
data of `make demo`; `--write` renews them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake_cli.screen import AsJson, out, print_json

if TYPE_CHECKING:
    from lake_cli.reader import Answer

MOST_ROWS = 8
# When it was loaded, not what: another time with every load.
_OF_THE_LOAD = ("published_at", "release_id")
_HEADINGS = {"clickhouse": "## ClickHouse\n", "postgres": "## Postgres\n"}
_STATEMENT = re.compile(r"(?P<words>[^\n]+)\n\n```sql\n(?P<sql>.*?)```\n(?P<answer>\n(?:\|[^\n]*\n)+)?", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """One of the page; `answer` is a table in Markdown, empty where it has none yet."""

    warehouse: str
    words: str
    sql: str
    answer: str


def register(app: typer.Typer) -> None:
    app.command()(questions)


def questions(
    write: Annotated[
        bool, typer.Option("--write", help="Put the answers into the page; for the data of a demo.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the warehouses what docs/guides/questions.md asks, as the reader, and print what they answer."""
    from lake_layout.profile import REPOSITORY

    page = REPOSITORY / "docs" / "guides" / "questions.md"
    if not page.exists():
        raise FileNotFoundError(f"{page} is missing: the page of questions lies in the repository")
    asked = page.read_text(encoding="utf-8")
    if as_json:
        answers = ((one, ask(one)) for one in read(asked))
        return print_json([{**asdict(one), "answer": asdict(answer)} for one, answer in answers])
    told = answered(asked, ask)
    if write:
        page.write_text(told, encoding="utf-8")
        return
    for one in read(told):
        out.print(f"{one.words}\n\n{one.answer}", markup=False)


def ask(of: Question) -> "Answer":
    """The answer of the question's own warehouse."""
    from lake_cli import reader

    return reader.postgres(of.sql) if of.warehouse == "postgres" else reader.clickhouse(of.sql)


def read(page: str) -> list[Question]:
    """The questions of a page, in its order."""
    return [_question(page, found) for found in _STATEMENT.finditer(page)]


def answered(page: str, asked: Callable[[Question], "Answer"]) -> str:
    """The page with the answer below each statement, in place of the one that stood there."""

    def renewed(found: re.Match[str]) -> str:
        of = _question(page, found)
        return f"{of.words}\n\n```sql\n{of.sql}```\n\n{table(asked(of))}"

    return _STATEMENT.sub(renewed, page)


def _question(page: str, found: re.Match[str]) -> Question:
    warehouse = max(_HEADINGS, key=lambda name: page.rfind(_HEADINGS[name], 0, found.start()))
    return Question(warehouse, found["words"], found["sql"], (found["answer"] or "").lstrip("\n"))


def table(of: "Answer") -> str:
    """The first rows in Markdown, and how many more there are."""
    rows = [[_cell(name, value) for name, value in zip(of.names, row, strict=True)] for row in of.rows[:MOST_ROWS]]
    if more := len(of.rows) - len(rows):
        rows.append([f"… {more} more", *("" for _ in of.names[1:])])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in chain([of.names, _rule(of)], rows))


def _rule(of: "Answer") -> Sequence[str]:
    """Numbers stand to the right."""
    columns = zip(*of.rows, strict=True) if of.rows else ([] for _ in of.names)
    return ["---:" if all(_is_number(value) for value in column) else "---" for column in columns]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in _OF_THE_LOAD:
        return "…"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value).replace("|", "\\|")
