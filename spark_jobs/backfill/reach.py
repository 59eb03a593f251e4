"""What a backfill rebuilds: a dataset and a range of dates → the tables made from it, each with its dates.

The dates of a table are those of its inputs, widened by its contract's reach, as in every run.
"""

from dataclasses import dataclass
from datetime import date

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract, in_order
from spark_jobs import affected_dates


@dataclass(frozen=True)
class Reached:
    """Dates of one silver or gold table, in order."""

    of: Contract
    zone: Zone
    dates: tuple[date, ...]


def reached(address: str, first: date, last: date) -> tuple[Reached, ...]:
    """The tables, inputs before their readers. A dataset's own silver or gold table is rebuilt on exactly the dates,
    one of weeks or months on those that hold them.

    Raises ValueError: nothing with dates is made from the dataset.
    """
    own = contract(address)
    touched = {own.address: set(affected_dates.span(own, first, last))}
    found: list[Reached] = []
    for zone in (Zone.SILVER, Zone.GOLD):
        for of in in_order(zone):
            if tables.is_history(of, zone):
                continue
            if of.address != address:
                sources = [contract(one) for one in of.reads.values() if one in touched]
                touched[of.address] = {
                    day
                    for source in sources
                    for day in affected_dates.reached(
                        of, affected_dates.days_of(source, touched[source.address]), source
                    )
                }
            if dates := touched[of.address]:
                found.append(Reached(of, zone, tuple(sorted(dates))))
    if not found:
        raise ValueError(f"nothing in silver or gold is made from {address}: there is nothing to rebuild")
    return tuple(found)
