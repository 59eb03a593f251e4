"""What the commits of a table say about progress: Delta history → batches with the positions they consumed.

Every write carries `{"batch", "inputs", "dates", "rows", "run"}` as its Delta user metadata; commits
without it (a compaction, the creation of the table) are passed over. The log is read without Spark: a look
takes milliseconds, so that a run with nothing to do costs nothing.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deltalake import DeltaTable

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import storage

_RECENT = 20


@dataclass(frozen=True)
class Commit:
    """One batch of a table: `inputs` are the positions up to which it read, `dates` those it replaced.

    `rows` are counts known before the write; `written` and `version` are added when it is read back.
    """

    batch: int
    inputs: Mapping[str, Any] = field(default_factory=dict)
    dates: tuple[date, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    run: str = ""
    version: int | None = None

    def as_json(self) -> str:
        body = {
            "batch": self.batch,
            "inputs": self.inputs,
            "dates": [day.isoformat() for day in self.dates],
            "rows": self.rows,
            "run": self.run,
        }
        return json.dumps(body)


@dataclass(frozen=True)
class Progress:
    """Where a table stands: what it has consumed, and its next batch.

    Both come from one look at the history. Were the batch number asked for later than the positions, a commit
    in between would be counted by the one and not by the other, and its rows would be written twice.
    """

    consumed: Mapping[str, Any]
    next_batch: int

    def plan(
        self, inputs: Mapping[str, Any], dates: Iterable[date] = (), rows: Mapping[str, int] | None = None
    ) -> Commit:
        """The next batch, to be handed to a write; it is refused if another commit came since."""
        return Commit(self.next_batch, inputs, tuple(sorted(set(dates))), rows or {}, str(uuid.uuid4()))


def input_name(address: str, zone: Zone) -> str:
    """How a commit names an input table."""
    return f"{address}@{zone}"


def newest(of: Contract, zone: Zone) -> Commit | None:
    """The newest commit that carries our metadata; None for a table without one."""
    table = storage.open_table(tables.path(of, zone))
    return _newest(table) if table else None


def since(of: Contract, zone: Zone, batch: int) -> list[Commit] | None:
    """Commits of batches above `batch`, oldest first; None where the history no longer reaches back to it."""
    path = tables.path(of, zone)
    for limit in (_RECENT, None):
        found = sorted((one for one in read(path, limit) if one.batch > batch), key=lambda one: one.batch)
        if not found or found[0].batch == batch + 1:
            return found
    return None


def progress(of: Contract, zone: Zone) -> Progress:
    """Where the table stands; nothing is consumed before the first commit that carries positions."""
    table = storage.open_table(tables.path(of, zone))
    if table is None:
        return Progress({}, 1)
    last = _newest(table)
    # Each batch took a version, so the version is above every batch whose commit has been cleaned up.
    return Progress(last.inputs, last.batch + 1) if last else Progress({}, table.version() + 1)


def exists(path: str) -> bool:
    """Whether a Delta table stands at the path."""
    return storage.open_table(path) is not None


def read(path: str, limit: int | None = None) -> list[Commit]:
    """Commits with our metadata, newest first, among the newest `limit` of all."""
    table = storage.open_table(path)
    return _ours(table, limit) if table else []


def _newest(table: DeltaTable) -> Commit | None:
    return next(iter(_ours(table, _RECENT)), None) or next(iter(_ours(table)), None)


def _ours(table: DeltaTable, limit: int | None = None) -> list[Commit]:
    return [_parse(commit) for commit in table.history(limit) if commit.get("userMetadata")]


def _parse(commit: Mapping[str, Any]) -> Commit:
    body = json.loads(commit["userMetadata"])
    written = commit.get("operationMetrics", {}).get("numOutputRows")
    rows = {**body["rows"], **({"written": int(written)} if written is not None else {})}
    dates = tuple(date.fromisoformat(day) for day in body["dates"])
    return Commit(body["batch"], body["inputs"], dates, rows, body["run"], commit["version"])
