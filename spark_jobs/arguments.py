"""What command lines name: a dataset, a zone, a range of dates. All raise BadParameter for what cannot be meant."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from lake_layout.contracts import Contract, Zone

DAY = ["%Y-%m-%d"]


def dataset(address: str) -> "Contract":
    """The contract of an address, or the nearest ones as words."""
    from lake_layout.contracts import contract

    try:
        return contract(address)
    except KeyError as error:
        raise typer.BadParameter(error.args[0]) from error


def zone(name: str | None) -> "Zone | None":
    """The zone of that name; None if none is given."""
    from lake_layout.contracts import Zone

    if name is not None and name not in list(Zone):
        raise typer.BadParameter(f"no zone {name}: {', '.join(Zone)}")
    return Zone(name) if name else None


def dates(first: datetime | None, last: datetime | None) -> tuple[date | None, date | None]:
    """First and last date, either of which may be left out."""
    if first and last and first > last:
        raise typer.BadParameter("--from is after --to")
    return first.date() if first else None, last.date() if last else None


def span(first: datetime | None, last: datetime | None) -> tuple[date, date] | None:
    """Both dates or none."""
    begin, end = dates(first, last)
    if (begin is None) != (end is None):
        raise typer.BadParameter("give both --from and --to, or neither")
    return (begin, end) if begin and end else None
