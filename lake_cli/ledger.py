"""`lake ledger …`: which batch of which table read and wrote what, by which code, when.

The ledger stands in Postgres, schema `ops`, and tells what the commits of the lake tell; a look brings it up to date.
"""

import re
from datetime import datetime
from typing import Annotated

import typer

from lake_cli import ledger_screen as screen
from lake_cli.screen import AsJson, err, print_json, working
from spark_jobs import arguments
from spark_jobs.arguments import DAY

_TABLE = re.compile(r"(?P<address>[^@]+?)(/v(?P<version>\d+))?@(?P<zone>\w+)")


def register(app: typer.Typer) -> None:
    ledger = typer.Typer(help="Which batch read and wrote what.", no_args_is_help=True)
    for command in (list_, show, rebuild):
        ledger.command(command.__name__.rstrip("_"))(command)
    app.add_typer(ledger, name="ledger")


def list_(
    datasets: Annotated[list[str] | None, typer.Argument(metavar="[DATASET]…", help="None means all.")] = None,
    zone: Annotated[str | None, typer.Option(help="raw, bronze, silver or gold.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First date of partitions.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last date, inclusive.")] = None,
    state: Annotated[str | None, typer.Option(help="committed, or undone by a restore.")] = None,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="How many batches at most.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List batches, those committed last first: what they read, wrote, rejected, replaced."""
    from spark_jobs.ledger import look

    addresses = tuple(arguments.dataset(one).address for one in datasets or ())
    wanted = look.Wanted(addresses, arguments.zone(zone), *arguments.dates(first, last), _state(state))
    _bring_up_to_date()
    found = look.batches(wanted, limit + 1)
    if len(found) > limit:
        err.print(f"the newest {limit}; for more: -n, or narrow it", style="dim")
    if as_json:
        return print_json(found[:limit])
    screen.batches(found[:limit])


def show(
    table: Annotated[str, typer.Argument(metavar="DATASET@ZONE", help="A table, as app_db/users@bronze.")],
    batch: Annotated[int | None, typer.Argument(help="As in the column _batch; the newest if none is given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show all of one batch: its inputs, its partitions, its code, its times."""
    from spark_jobs.ledger import look

    name = _table_name(table)
    _bring_up_to_date()
    number = batch if batch is not None else look.newest(name)
    found = look.batch(name, number) if number is not None else None
    if found is None:
        told = f"no batch {number}" if number is not None else "no batch"
        err.print(f"{name} has {told}; `lake ledger list {name.split('@')[0]}` tells which it has", markup=False)
        raise typer.Exit(1)
    if as_json:
        return print_json(found)
    screen.batch(found)


def rebuild(as_json: AsJson = False) -> None:
    """Drop the ledger and read it anew from the commits of the lake, into both warehouses."""
    from spark_jobs.ledger import update as job

    with working("reading every commit …"):
        counts = job.run(rebuild=True)["ledger"]
    assert isinstance(counts, dict)
    if as_json:
        return print_json(counts)
    err.print(f"{counts['batches']:,} batches of {counts['tables']:,} tables")


def _bring_up_to_date() -> None:
    """A look at logs that hold nothing new takes milliseconds."""
    from spark_jobs.ledger import update as job

    with working("looking at what is new …"):
        job.update()


def _state(state: str | None) -> str | None:
    if state not in (None, "committed", "undone"):
        raise typer.BadParameter(f"no state {state}: committed, undone")
    return state


def _table_name(table: str) -> str:
    """As commits name a table: by the contract's version of now if none is given."""
    from spark_jobs.commits import input_name

    told = _TABLE.fullmatch(table)
    if told is None:
        raise typer.BadParameter(f"{table}: expected DATASET@ZONE, as app_db/users@bronze")
    of, zone = arguments.dataset(told["address"]), arguments.zone(told["zone"])
    assert zone is not None
    if told["version"]:
        of = of.model_copy(update={"version": int(told["version"])})
    return input_name(of, zone)
