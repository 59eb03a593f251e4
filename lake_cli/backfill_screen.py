"""How backfills are printed: a plan, a list, and what one would change."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from lake_cli import columns
from lake_cli.screen import err, out

if TYPE_CHECKING:
    from spark_jobs.backfill.log import Backfill, Change, Shift
    from spark_jobs.backfill.plan import Plan

_SHOWN = 40
_LARGEST = 10


def plan(planned: "Plan") -> None:
    names = ["table", "dates", "", "rows to read", "size", "seconds"]
    rows = [
        [
            f"{one.zone} {one.dataset}",
            _span(one.first, one.last),
            f"{one.dates} d",
            columns.count(one.rows),
            columns.size(one.size_bytes),
            _seconds(one.seconds),
        ]
        for one in planned.tables
    ]
    rows.append(["in all", "", "", columns.count(planned.rows), columns.size(planned.size_bytes), ""])
    columns.table(names, rows, left=2)
    out.print(f"\nstaged after about {_time(planned.seconds)}; a release takes about {_time(planned.publish_seconds)}")
    if planned.only_in_the_lake:
        out.print("\nwhat no source can tell again", style="bold")
    for words in planned.only_in_the_lake:
        out.print(f"  {words}", markup=False)


def backfills(found: Sequence["Backfill"]) -> None:
    if not found:
        err.print("no backfill yet: lake backfill plan DATASET --from … --to …", markup=False)
        return
    names = ["number", "state", "since (UTC)", "dataset", "dates", "release", "rows planned", "read", "s planned", "s"]
    rows = [
        [
            str(one.backfill_id),
            one.state.value,
            f"{one.at:%Y-%m-%d %H:%M}",
            one.dataset,
            _span(one.first, one.last),
            str(one.release_id or ""),
            columns.count(one.rows),
            columns.count(one.rows_read),
            _seconds(one.seconds),
            _seconds(one.seconds_taken),
        ]
        for one in found
    ]
    columns.table(names, rows, left=5)


def diff(found: "Backfill") -> None:
    about = f"backfill {found.backfill_id}: {found.dataset}, {_span(found.first, found.last)}, {found.state}"
    out.print(about, style="bold", markup=False)
    changed = [one for one in found.changes if one.added or one.removed or one.changed]
    if not found.changes:
        out.print("nothing is compared yet")
        return
    same = sum(one.same for one in found.changes)
    if not changed:
        out.print(f"no row would change; {same:,} are the same")
        return
    _changes(changed)
    _shifts(found.shifts[:_LARGEST])
    out.print(f"\n{same:,} rows stay the same")
    if found.state == "staged":
        number = found.backfill_id
        err.print(f"next: lake backfill publish {number}, or lake backfill abandon {number}", style="dim")


def _changes(changed: Sequence["Change"]) -> None:
    rows = [
        [f"{one.zone} {one.dataset}", str(one.day), *(f"{n:,}" for n in (one.added, one.removed, one.changed))]
        for one in changed[:_SHOWN]
    ]
    columns.table(["table", "date", "added", "removed", "changed"], rows, left=2)
    if len(changed) > _SHOWN:
        err.print(f"{len(changed) - _SHOWN} more lines: --json has them all", style="dim")


def _shifts(largest: Iterable["Shift"]) -> None:
    rows = [
        [f"{one.dataset}.{one.column}", str(one.day), _number(one.before), _number(one.after), _share(one)]
        for one in largest
    ]
    if rows:
        out.print("\nlargest shifts of a date's sum", style="bold")
        columns.table(["column", "date", "is", "would be", "by"], rows, left=2)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.6g}" if abs(value) < 1000 else f"{value:,.0f}"


def _share(shift: "Shift") -> str:
    if not shift.before or shift.after is None:
        return ""
    return f"{(shift.after - shift.before) / abs(shift.before):+.1%}"


def _span(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _time(value: float | None) -> str:
    if value is None:
        return "an unknown time, for the ledger has no batch like it,"
    return f"{value:,.0f} s" if value < 120 else f"{value / 60:,.0f} min"
