"""Rows that wait for a backfill: they came later than `restate_within` after their event, so no normal run takes them.

They are in bronze, accepted, and count again once each table that reads them was rebuilt on their date.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contracts
from spark_jobs import affected_dates, commits, session
from spark_jobs.commits import Commit


@dataclass(frozen=True)
class Suggestion:
    """Consecutive dates of a source on which rows wait."""

    dataset: str
    first: date
    last: date
    rows: int

    @property
    def command(self) -> str:
        """What a person types to have them computed."""
        return f"lake backfill run {self.dataset} --from {self.first} --to {self.last}"


def run() -> list[Suggestion]:
    """What waits in any source, oldest dates first within each."""
    with session.opened("backfill suggest") as spark:
        return [one for of in contracts().values() if of.origin for one in _of_source(spark, of)]


def _of_source(spark: SparkSession, source: Contract) -> Iterator[Suggestion]:
    readers = [
        of
        for of in contracts().values()
        if Zone.SILVER in of.zones and not of.keeps_history and source.address in of.reads.values()
    ]
    waiting: dict[date, int] = {}
    for within in {of.restate_within for of in readers}:
        held = affected_dates.held_rows(spark, source, within)
        for of in readers:
            if held and of.restate_within == within:
                built = commits.read(tables.path(of, Zone.SILVER))
                waiting |= {day: n for day, (n, batch) in held.items() if not _is_taken(built, source, day, batch)}
    yield from _spans(source.address, waiting)


def _is_taken(built: Iterable[Commit], source: Contract, day: date, batch: int) -> bool:
    """Whether a commit of the reader rebuilt that date from a version of the source that had the batch."""
    name = commits.input_name(source, Zone.BRONZE)
    found = commits.since(source, Zone.BRONZE, batch - 1, batch)
    version = found[0].version if found else None
    return any(
        one.name == name and one.version is not None and version is not None and one.version >= version
        for commit in built
        if day in commit.dates
        for one in commit.read
    )


def _spans(dataset: str, waiting: dict[date, int]) -> Iterable[Suggestion]:
    """Dates that follow each other, together."""
    first: date | None = None
    rows = 0
    for day in sorted(waiting):
        first = first or day
        rows += waiting[day]
        if day + timedelta(days=1) not in waiting:
            yield Suggestion(dataset, first, day, rows)
            first, rows = None, 0
