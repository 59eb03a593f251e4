"""`lake backfill …`: past dates computed again, aside; compared with what is there; then published, or abandoned."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake_cli import backfill_screen as screen
from lake_cli.screen import AsJson, err, print_json, working
from spark_jobs import arguments
from spark_jobs.arguments import DAY

if TYPE_CHECKING:
    from spark_jobs.backfill.log import Backfill

Dataset = Annotated[str, typer.Argument(metavar="DATASET", help="An address, as wearables/health_metrics.")]
First = Annotated[datetime, typer.Option("--from", formats=DAY, help="First local date.")]
Last = Annotated[datetime, typer.Option("--to", formats=DAY, help="Last local date, inclusive.")]
Number = Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="As `lake backfill list` shows it.")]


def register(app: typer.Typer) -> None:
    backfill = typer.Typer(
        help="Past dates, computed again aside, compared, then published or abandoned.", no_args_is_help=True
    )
    for command in (suggest, plan, run, list_, diff, publish, abandon):
        backfill.command(command.__name__.rstrip("_"))(command)
    app.add_typer(backfill, name="backfill")


def suggest(as_json: AsJson = False) -> None:
    """List dates on which rows wait that came too late for the daily runs, with the command that brings them in."""
    from spark_jobs.backfill import suggest as job

    with working("looking for rows that came too late …"):
        found = job.run()
    if as_json:
        return print_json([{**vars(one), "command": one.command} for one in found])
    screen.suggestions(found)


def plan(dataset: Dataset, first: First, last: Last, as_json: AsJson = False) -> None:
    """Tell what a backfill would rebuild and read, how long it takes, and what no source can tell any more.

    Nothing is changed. Rows to read are exact; the time comes from the run ledger.
    """
    from spark_jobs.backfill import plan as planning

    address, form = _form(dataset, first, last)
    with working("looking at what there is …"):
        planned, _ = planning.make(address, first.date(), last.date())
    if as_json:
        return print_json(planned)
    screen.plan(planned)
    err.print(f"next: lake backfill run {address} --from {form['from']} --to {form['to']}", style="dim")


def run(dataset: Dataset, first: First, last: Last, as_json: AsJson = False) -> None:
    """Compute the dates again, and all that is made from them, aside; then tell what they would change."""
    from lake_cli.runs import run_to_its_end
    from spark_jobs.backfill import log

    address, form = _form(dataset, first, last)
    ended = run_to_its_end("backfill", {"dataset": address, **form})
    _tell(log.of_run(ended.run_id), as_json=as_json)


def list_(as_json: AsJson = False) -> None:
    """List backfills, the newest first: what they are about, and what became of them."""
    from spark_jobs.backfill import log

    found = log.read()[::-1]
    if as_json:
        return print_json([_told(one) for one in found])
    screen.backfills(found)


def diff(number: Number, as_json: AsJson = False) -> None:
    """Show which rows a staged backfill adds, removes and changes, and the largest shifts in the numbers.

    Without rows that stay the same. It was told against the tables as they were when the backfill was staged.
    """
    from spark_jobs.backfill import log

    _tell(log.get(number), as_json=as_json)


def publish(number: Number) -> None:
    """Have a run of daily_etl take the rows over, prove them and release them.

    Dates that have moved since the backfill was staged are built anew instead. `lake rollback` shows the release
    before again.
    """
    from lake_cli.runs import run_to_its_end
    from spark_jobs.backfill import log

    log.require_open(log.get(number))
    run_to_its_end("daily_etl", {"backfill": number})
    err.print(f"release {log.get(number).release_id} shows backfill {number}", style="green")


def abandon(number: Number) -> None:
    """Delete what a backfill has staged. Nothing of it stays but its line in the list."""
    from spark_jobs.backfill import life

    life.abandon(number)
    err.print(f"backfill {number} is abandoned", style="green")


def _form(dataset: str, first: datetime, last: datetime) -> tuple[str, dict[str, str]]:
    """Raises BadParameter: there is no such dataset; ValueError: a range that cannot be meant."""
    from lake_cli.runs import form_of

    return arguments.dataset(dataset).address, form_of(first, last)


def _tell(found: "Backfill", *, as_json: bool) -> None:
    if as_json:
        return print_json({**_told(found), "changes": found.changes, "shifts": found.shifts})
    screen.diff(found)


def _told(found: "Backfill") -> dict[str, Any]:
    """For programs, without what it would change."""
    long = ("tables", "changes", "shifts")
    tables = {f"{one.of.address}@{one.zone}": [str(one.dates[0]), str(one.dates[-1])] for one in found.tables}
    return {**{name: told for name, told in vars(found).items() if name not in long}, "tables": tables}
