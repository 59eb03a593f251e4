"""How backfills are printed: a plan, a list, and what one would change."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from lake_cli import columns
from lake_cli.screen import err, out

if TYPE_CHECKING:
    from spark_jobs.backfill.log import Backfill, Change, Shift
    from spark_jobs.backfill.plan import Plan
    from spark_jobs.backfill.suggest import Suggestion

_SHOWN = 24
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


def suggestions(found: Sequence["Suggestion"]) -> None:
    if not found:
        err.print("no row waits for a backfill")
        return
    columns.table(["rows", "command"], [[f"{one.rows:,}", one.command] for one in found], left=2)


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
    _shifts(found.shifts)
    out.print(f"\n{same:,} rows stay the same")
    if found.state == "staged":
        number = found.backfill_id
        err.print(f"next: lake backfill publish {number}, or lake backfill abandon {number}", style="dim")


def _changes(changed: Sequence["Change"]) -> None:
    """Each table as a whole, then its dates, those with most changes where there are many."""
    rows: list[list[str]] = []
    names = dict.fromkeys((one.zone, one.dataset) for one in changed)
    for zone, dataset in names:
        of_table = [one for one in changed if (one.zone, one.dataset) == (zone, dataset)]
        totals = [sum(getattr(one, name) for one in of_table) for name in ("added", "removed", "changed")]
        if len(of_table) > 1:
            rows.append([f"{zone} {dataset}", f"{len(of_table)} dates", *(f"{n:,}" for n in totals)])
        most = sorted(of_table, key=lambda one: one.added + one.removed + one.changed, reverse=True)
        for one in sorted(most[: max(_SHOWN // len(names), 1)], key=lambda one: one.day):
            rows.append([f"{zone} {dataset}", str(one.day), *(f"{n:,}" for n in (one.added, one.removed, one.changed))])
    columns.table(["table", "date", "added", "removed", "changed"], rows, left=2)


def _shifts(largest: Iterable["Shift"]) -> None:
    """Of each column the date on which its sum moves most."""
    once: dict[tuple[str, str], Shift] = {}
    for one in largest:
        once.setdefault((one.dataset, one.column), one)
    rows = [
        [f"{one.dataset}.{one.column}", str(one.day), _number(one.before), _number(one.after), _share(one)]
        for one in list(once.values())[:_LARGEST]
    ]
    if rows:
        out.print("\nlargest shifts of a date's sum, one of each column", style="bold")
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
