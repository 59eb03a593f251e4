"""Rows of a table that a backfill has computed and nobody reads yet, aside: `<lake>/staged/<backfill>/…`.

A staged table holds the backfill's dates alone. Its one commit tells, as `inputs`, up to which batch of each input it
was computed, and how many batches the table itself had then.
"""

from dataclasses import dataclass
from datetime import date

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from lake_layout.profile import profile
from spark_jobs import commits
from spark_jobs.commits import Commit


@dataclass(frozen=True)
class Staged:
    """The dates of one table in a backfill."""

    backfill: int
    of: Contract
    zone: Zone
    dates: tuple[date, ...]

    @property
    def name(self) -> str:
        return commits.input_name(self.of, self.zone)

    @property
    def root(self) -> str:
        return root(self.backfill)

    @property
    def run(self) -> str:
        """How the runs of the commits begin by which the backfill's rows enter the lake."""
        return f"backfill-{self.backfill}/"

    def commit(self) -> Commit | None:
        """What was read to compute the rows; None until they are there."""
        found = commits.read(tables.path(self.of, self.zone, self.root))
        return found[0] if found else None

    def taken_over(self) -> Commit | None:
        """The commit by which the rows entered the lake; None before that."""
        own = self.commit()
        after = own.inputs[self.name] if own else 0
        found = commits.since(self.of, self.zone, after) or []
        return next((one for one in found if one.run.startswith(self.run)), None)

    def written_since(self, own: Commit) -> set[date]:
        """Dates of the table that any run has written since they were staged; all where the log cannot tell."""
        found = commits.since(self.of, self.zone, own.inputs[self.name])
        return set(self.dates) if found is None else {day for commit in found for day in commit.dates}


def root(backfill: int) -> str:
    """Where the tables of a backfill stand."""
    return f"{profile().lake.root}/staged/{backfill}"
