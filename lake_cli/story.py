"""`lake story`: everything that belongs to a dataset."""

from typing import Annotated

import typer

from lake_cli.screen import AsJson, out, print_json
from spark_jobs import arguments


def register(app: typer.Typer) -> None:
    app.command()(story)


def story(
    dataset: Annotated[str, typer.Argument(help="Address, as wearables/heart_rate_readings.")], as_json: AsJson = False
) -> None:
    """Tell where a dataset comes from, what is made from it, and every file and table that belongs to it."""
    from dataclasses import asdict

    from lake_layout import story as stories

    told = stories.tell(arguments.dataset(dataset).address)
    if as_json:
        return print_json(asdict(told))
    out.print(f"[bold]{told.address}[/]  {told.description}")
    lines = {
        "owner": told.owner,
        "one row per": ", ".join(told.grain),
        "comes from": told.origin or ", ".join(told.inputs),
        "is read by": ", ".join(told.readers) or "no other dataset",
    }
    for name, words in lines.items():
        out.print(f"  {name:<12} {words}", highlight=False)
    for room, parts in stories.rooms(told.parts).items():
        out.print(f"\n{room}", style="bold")
        for part in parts:
            out.print(f"  {part.place:<76} {part.what}", highlight=False)
