"""`lake search`: words that were said, written or logged, in the current release."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from lake_cli.screen import AsJson, err, out, print_json, working
from spark_jobs import arguments
from spark_jobs.arguments import DAY

if TYPE_CHECKING:
    from rich.text import Text

    from spark_jobs.search.question import Hit


def register(app: typer.Typer) -> None:
    # What begins with a dash and is no option is a word that must not be there.
    app.command(context_settings={"ignore_unknown_options": True})(search)


def search(
    words: Annotated[list[str], typer.Argument(help="All of these; '\"a phrase\"' in quotes, -without, begin*.")],
    datasets: Annotated[list[str] | None, typer.Option("--dataset", help="Only in this one, or these.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First local date.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last local date, inclusive.")] = None,
    user: Annotated[str | None, typer.Option(help="Only what this user said or wrote.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many of the best.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find words in conversations with the coach, in notes on workouts and in service logs, the best first.

    They are what people said and wrote: personal data, for a purpose that the person would know of.
    """
    if mistyped := [word for word in words if word.startswith("--")]:
        raise typer.BadParameter(f"there is no option {mistyped[0]}; a word that must not be there has one dash")
    span = arguments.dates(first, last)
    chosen = tuple(arguments.dataset(one).address for one in datasets or ())
    from dataclasses import asdict

    from spark_jobs.search import mapping, question

    known = {of.address for of in mapping.searched()}
    if unknown := sorted(set(chosen) - known):
        raise typer.BadParameter(f"{', '.join(unknown)} is not searched; these are: {', '.join(sorted(known))}")
    with working("Searching"):
        answer = question.ask(question.Question(" ".join(words), chosen, *span, user, limit))
    if as_json:
        return print_json(asdict(answer))
    for hit in answer.hits:
        _print(hit)
    err.print(f"{len(answer.hits)} of {answer.total:,}" if answer.hits else "nothing found", style="dim")


def _print(hit: "Hit") -> None:
    at = f"{hit.at[11:19]} UTC" if hit.at else ""
    about = "  ".join(part for part in (hit.date, at, hit.dataset, hit.user or "") if part)
    out.print(f"{hit.score:7.3f}  {_printable(about)}", markup=False)
    for snippet in hit.snippets:
        out.print(_marked(snippet))


def _marked(snippet: str) -> "Text":
    """A line with the found words in bold."""
    from rich.text import Text

    from spark_jobs.search.question import BEGIN, END

    line = Text(" " * 9)
    for part in re.split(f"({BEGIN}.*?{END})", " ".join(snippet.split())):
        is_found = part.startswith(BEGIN)
        plain = part.removeprefix(BEGIN).removesuffix(END) if is_found else part
        line.append(_printable(plain), "bold" if is_found else "")
    return line


def _printable(text: str) -> str:
    """What people wrote does not move the cursor of a terminal."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
