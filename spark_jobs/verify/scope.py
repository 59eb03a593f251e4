"""What the newest commits of a table touched, so that the proof that ends each day does not grow with history.

A scope is `everything` or `recent`: the newest commits of bronze and of the computed tables, however old they are, and
of raw what these took. No clock is asked.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lake_layout.contracts import Contract, Zone
from spark_jobs import commits
from spark_jobs.publish import delta

_COMMITS = 20


class Scope(StrEnum):
    EVERYTHING = "everything"
    RECENT = "recent"


@dataclass(frozen=True)
class Before:
    """Batches of raw and bronze that were proven earlier; later ones are looked at."""

    raw: int = 0
    bronze: int = 0


def before(of: Contract, scope: Scope) -> Before:
    """Where the look at a source begins."""
    newest = commits.newest(of, Zone.BRONZE)
    if newest is None or scope is Scope.EVERYTHING:
        return Before()
    last = newest.batch - _COMMITS
    for commit in commits.since(of, Zone.BRONZE, last - 1, last) or []:
        return Before(int(commit.inputs.get(commits.input_name(of, Zone.RAW), 0)), commit.batch)
    return Before()


def dates_in(of: Contract, zone: Zone, scope: Scope) -> set[date]:
    """The dates of a computed table that are looked at, of those that hold accepted rows."""
    table = delta.open_table(of, zone)
    if table is None:
        return set()
    held = {file.date for file in delta.files(table, of, zone) if file.date}
    if scope is Scope.EVERYTHING:
        return held
    newest = commits.newest(of, zone)
    found = commits.since(of, zone, newest.batch - _COMMITS) if newest else None
    return held if found is None else held & {day for commit in found for day in commit.dates}
