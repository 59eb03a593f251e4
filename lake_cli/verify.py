"""`lake verify`: nothing is lost and nothing is there twice, from the origins to the warehouses."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from lake_cli.screen import AsJson, err, out, print_json
from spark_jobs import arguments
from spark_jobs.arguments import DAY

if TYPE_CHECKING:
    from spark_jobs.verify.findings import Finding

First = Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First date to compute again.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last date, inclusive.")]


def register(app: typer.Typer) -> None:
    app.command()(verify)


def verify(
    first: First = None,
    last: Last = None,
    sample: Annotated[
        int, typer.Option(min=1, help="Dates of each table to compute again: the newest, others by chance.")
    ] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Another seed takes other dates.")] = 0,
    recent: Annotated[bool, typer.Option("--recent", help="Look at what the newest commits touched only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Prove that nothing is lost and nothing is there twice. Exit code 1 if something is.

    Every Kafka offset is in raw once; raw is bronze and quarantine; keys of silver and gold are unique; dates of
    silver and gold, computed again, give the same rows; both warehouses hold what gold holds, by count and hash.
    """
    from dataclasses import asdict

    from spark_jobs.verify import run as job
    from spark_jobs.verify.findings import Finding, Verdict
    from spark_jobs.verify.recomputed import Sample
    from spark_jobs.verify.scope import Scope

    span = arguments.span(first, last)
    scope = Scope.RECENT if recent else Scope.EVERYTHING
    found: list[Finding] = []
    with err.status("looking …"):
        for one in job.run(scope, Sample(sample, seed, span), job="verify by hand"):
            if not as_json:
                _print(one, is_first=not found or found[-1].check != one.check)
            found.append(one)
    if as_json:
        print_json([asdict(one) for one in found])
    wrong = [one for one in found if one.verdict is Verdict.WRONG]
    err.print(f"{len(found)} looked at, {len(wrong)} wrong", style="red" if wrong else "green")
    if wrong:
        raise typer.Exit(1)


def _print(one: "Finding", *, is_first: bool) -> None:
    """A line for each finding, below the name of its check."""
    from rich.text import Text

    from spark_jobs.verify.findings import Verdict

    styles = {Verdict.GOOD: "green", Verdict.WARNING: "yellow", Verdict.WRONG: "bold red"}
    if is_first:
        out.print(Text(one.check, style="bold"))
    out.print(Text.assemble(f"  {one.dataset:<32}", (f"{one.verdict:<9}", styles[one.verdict]), one.words))
