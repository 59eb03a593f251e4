"""`lake tables`: what every table of the lake holds, and of which grain it is."""

from typing import TYPE_CHECKING, Annotated

import typer

from lake_cli import columns
from lake_cli.screen import AsJson, err, print_json
from spark_jobs import arguments

if TYPE_CHECKING:
    from spark_jobs.overview import State


def register(app: typer.Typer) -> None:
    app.command()(tables)


def tables(
    datasets: Annotated[list[str] | None, typer.Argument(metavar="[DATASET]…", help="None means all.")] = None,
    zone: Annotated[str | None, typer.Option(help="raw, bronze, silver or gold.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tables of the lake: grain, rows, newest date, last batch, and what the gate last said."""
    from dataclasses import asdict

    from lake_layout.contracts import Zone, contracts
    from spark_jobs import overview

    chosen = arguments.zone(zone)
    wanted = [arguments.dataset(one) for one in datasets] if datasets else contracts().values()
    found = overview.states(wanted, [chosen] if chosen else Zone)
    if as_json:
        return print_json([asdict(one) for one in found])
    names = ["table", "one row per", "rows", "rejected", "size", "newest date", "last batch (UTC)", "gate"]
    columns.table(names, [_cells(one) for one in found], left=2)
    missing = sum(one.version is None for one in found)
    if missing:
        err.print(f"{missing} of {len(found)} tables do not exist yet: nothing has been written to them", style="dim")


def _cells(one: "State") -> list[str]:
    return [
        one.table,
        ", ".join(one.grain),
        columns.count(one.rows),
        columns.count(one.rejected),
        columns.size(one.size_bytes) or "-",
        str(one.newest_date or "-"),
        f"{one.begun_at:%Y-%m-%d %H:%M}" if one.begun_at else "-",
        one.gate or "-",
    ]
