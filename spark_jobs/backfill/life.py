"""The steps of a backfill's life, as jobs: begun → silver and gold staged → compared → published or abandoned.

Each may be repeated; what is done is left as it is.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

from lake_layout.contracts import Zone
from spark_jobs import storage
from spark_jobs.backfill import compare, log, plan, stage
from spark_jobs.backfill.log import Backfill, State
from spark_jobs.halt import Halt
from spark_jobs.staged import Staged, root

Step = Literal["silver", "gold", "compare"]


def begin(run: str, address: str, first: date, last: date) -> dict[str, Any]:
    """Give the backfill its number. Raises Halt: there is nothing to rebuild."""
    try:
        planned, reached = plan.make(address, first, last)
    except ValueError as error:
        raise Halt(str(error)) from error
    begun = log.begin(run, address, first, last, reached, planned.rows, planned.seconds)
    tables = {f"{one.of.address}@{one.zone}": len(one.dates) for one in reached}
    return {"backfill": begun.backfill_id, "dates": tables, "rows": planned.rows, "seconds": planned.seconds}


def step(run: str, name: Step) -> dict[str, Any]:
    """Do one step of the backfill that a run has begun. Raises Halt: it was abandoned."""
    backfill = _open(lambda: log.of_run(run))
    if name != "compare":
        return stage.run(Zone(name), backfill)
    changes, shifts = compare.run(backfill)
    for one in changes:
        counts = f"{one.added:,} rows added, {one.removed:,} removed, {one.changed:,} changed, {one.same:,} the same"
        print(f"{one.zone} {one.dataset} {one.day}: {counts}", flush=True)
    read = [staged.commit() for staged in backfill.tables]
    rows = sum(one.rows.get("in", 0) for one in read if one)
    taken = (datetime.now(UTC) - backfill.begun_at).total_seconds()
    log.note(backfill.backfill_id, State.STAGED, changes=changes, shifts=shifts, rows_read=rows, seconds_taken=taken)
    totals = {name: sum(getattr(one, name) for one in changes) for name in ("added", "removed", "changed", "same")}
    return {"backfill": backfill.backfill_id, "rows_read": rows, **totals}


def _open(find: Callable[[], Backfill]) -> Backfill:
    """Raises Halt: there is no such backfill, or it is over."""
    try:
        backfill = find()
        log.require_open(backfill)
    except (LookupError, ValueError) as error:
        raise Halt(str(error)) from error
    return backfill


def to_publish(backfill_id: int, zone: Zone) -> Mapping[str, Staged]:
    """Address → what of a zone is to be published. Raises Halt: the backfill is not staged, or no longer open."""
    return {one.of.address: one for one in _staged(backfill_id).tables if one.zone is zone}


def published(backfill_id: int, release_id: int) -> None:
    """Note which release shows the backfill first, and let the staged tables go.

    Raises Halt: rows of a table have not been taken over.
    """
    if log.get(backfill_id).state is not State.PUBLISHED:
        backfill = _staged(backfill_id)
        if missing := [one.name for one in backfill.tables if not _is_in(one)]:
            raise Halt(f"backfill {backfill_id} is not in the lake with {', '.join(missing)}: run it from silver on")
        log.note(backfill_id, State.PUBLISHED, release_id=release_id)
    storage.delete_folder(root(backfill_id))


def _staged(backfill_id: int) -> Backfill:
    backfill = _open(lambda: log.get(backfill_id))
    if backfill.state is not State.STAGED:
        raise Halt(f"backfill {backfill_id} is not staged yet: `lake runs backfill` tells how far it is")
    return backfill


def _is_in(staged: Staged) -> bool:
    """Whether it was taken over, or nothing of it was left to be, since all its dates have moved."""
    if staged.taken_over():
        return True
    own = staged.commit()
    if own is None:
        return False
    return set(staged.dates) <= staged.written_since(own)


def abandon(backfill_id: int) -> Backfill:
    """Let the staged tables go; nothing of them is in the lake.

    Raises LookupError: there is no such backfill; ValueError: it is over, or being published.
    """
    backfill = log.get(backfill_id)
    log.require_open(backfill)
    if any(one.taken_over() for one in backfill.tables):
        raise ValueError(f"backfill {backfill_id} is partly in the lake: publish it to its end, then roll back")
    abandoned = log.note(backfill_id, State.ABANDONED)
    storage.delete_folder(root(backfill_id))
    return abandoned
