"""The backfill log, `<lake>/ops/backfills`: which were begun, staged, published, abandoned, and what they would change.

events (`event_log`) → `Backfill`, one for each number. This module alone writes them.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from lake_layout.contracts import Zone, contracts
from spark_jobs import event_log
from spark_jobs.backfill.reach import Reached
from spark_jobs.staged import Staged

_NAME = "backfills"


class State(StrEnum):
    """What happened to a backfill last."""

    BEGUN = "begun"
    STAGED = "staged"
    PUBLISHED = "published"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Change:
    """Rows of one table and date: what is staged against what the table had when they were compared."""

    dataset: str
    zone: str
    day: date
    added: int
    removed: int
    changed: int
    same: int


@dataclass(frozen=True)
class Shift:
    """A column's sum over one date, in the table and as staged."""

    dataset: str
    column: str
    day: date
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Backfill:
    """`rows` and `seconds` are planned, `rows_read` and `seconds_taken` what staging came to."""

    backfill_id: int
    state: State
    dataset: str
    first: date
    last: date
    run: str
    begun_at: datetime
    at: datetime
    tables: tuple[Staged, ...]
    rows: int | None = None
    seconds: float | None = None
    rows_read: int | None = None
    seconds_taken: float | None = None
    release_id: int | None = None
    changes: tuple[Change, ...] = ()
    shifts: tuple[Shift, ...] = ()


_TABLE = pa.struct([("dataset", pa.string()), ("zone", pa.string()), ("dates", pa.list_(pa.date32()))])
_CHANGE = pa.struct(
    [
        ("dataset", pa.string()),
        ("zone", pa.string()),
        ("day", pa.date32()),
        *((name, pa.int64()) for name in ("added", "removed", "changed", "same")),
    ]
)
_SHIFT = pa.struct(
    [
        ("dataset", pa.string()),
        ("column", pa.string()),
        ("day", pa.date32()),
        ("before", pa.float64()),
        ("after", pa.float64()),
    ]
)
_SCHEMA = pa.schema(
    [
        ("backfill_id", pa.int64()),
        ("state", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("dataset", pa.string()),
        ("first", pa.date32()),
        ("last", pa.date32()),
        ("run", pa.string()),
        ("tables", pa.list_(_TABLE)),
        ("rows", pa.int64()),
        ("seconds", pa.float64()),
        ("rows_read", pa.int64()),
        ("seconds_taken", pa.float64()),
        ("release_id", pa.int64()),
        ("changes", pa.list_(_CHANGE)),
        ("shifts", pa.list_(_SHIFT)),
    ]
)


def read() -> list[Backfill]:
    """All backfills, oldest first."""
    return _backfills(event_log.read(_NAME))


def get(backfill_id: int) -> Backfill:
    """Raises LookupError: there is no such backfill."""
    found = {one.backfill_id: one for one in read()}
    if backfill_id not in found:
        raise LookupError(f"there is no backfill {backfill_id}: `lake backfill list` tells which there are")
    return found[backfill_id]


def of_run(run: str) -> Backfill:
    """The backfill that a run of Airflow stages. Raises LookupError: it has not begun any."""
    if found := _of_run(run):
        return found
    raise LookupError(f"the run {run} has begun no backfill")


def _of_run(run: str) -> Backfill | None:
    return next((one for one in read() if one.run == run), None)


def begin(
    run: str, dataset: str, first: date, last: date, reached: Iterable[Reached], rows: int | None, seconds: float | None
) -> Backfill:
    """Give a new backfill its number; the one that the run has begun before, if there is one."""
    if before := _of_run(run):
        return before
    listed = [{"dataset": one.of.address, "zone": one.zone.value, "dates": one.dates} for one in reached]
    told = {"run": run, "dataset": dataset, "first": first, "last": last, "tables": listed}

    def decide(rows_: Iterable[event_log.Row]) -> event_log.Row:
        number = max((row["backfill_id"] for row in rows_), default=0) + 1
        return _event(number, State.BEGUN, **told, rows=rows, seconds=seconds)

    return get(event_log.append(_NAME, _SCHEMA, decide)["backfill_id"])


def note(backfill_id: int, state: State, **told: Any) -> Backfill:
    """Add what happened to it, if its state allows.

    Raises ValueError: it was published or abandoned before.
    """

    def decide(rows: Iterable[event_log.Row]) -> event_log.Row:
        require_open(next(one for one in _backfills(rows) if one.backfill_id == backfill_id))
        listed = {name: [asdict(one) for one in told[name]] for name in ("changes", "shifts") if name in told}
        return _event(backfill_id, state, **{**told, **listed})

    event_log.append(_NAME, _SCHEMA, decide)
    return get(backfill_id)


def require_open(backfill: Backfill) -> None:
    """Raises ValueError: it was published or abandoned."""
    if backfill.state in (State.PUBLISHED, State.ABANDONED):
        raise ValueError(f"backfill {backfill.backfill_id} was {backfill.state} at {backfill.at:%Y-%m-%d %H:%M} UTC")


def _event(backfill_id: int, state: State, **told: Any) -> event_log.Row:
    return {"backfill_id": backfill_id, "state": state.value, "at": datetime.now(UTC), **told}


def _backfills(rows: Iterable[event_log.Row]) -> list[Backfill]:
    """What the events of each number come to: the newest word on everything."""
    merged: dict[int, event_log.Row] = {}
    for row in rows:
        before = merged.get(row["backfill_id"], {"begun_at": row["at"]})
        merged[row["backfill_id"]] = {**before, **{name: told for name, told in row.items() if told is not None}}
    return [_backfill(row) for row in merged.values()]


def _backfill(row: event_log.Row) -> Backfill:
    names, known = Backfill.__dataclass_fields__, contracts()
    told = {name: value for name, value in row.items() if name in names}
    tables = tuple(
        Staged(row["backfill_id"], known[one["dataset"]], Zone(one["zone"]), tuple(one["dates"]))
        for one in row["tables"]
        # A dataset that is no more has no table to tell about.
        if one["dataset"] in known
    )
    changes = tuple(Change(**one) for one in row.get("changes", ()))
    shifts = tuple(Shift(**one) for one in row.get("shifts", ()))
    return Backfill(**{**told, "state": State(row["state"]), "tables": tables, "changes": changes, "shifts": shifts})
