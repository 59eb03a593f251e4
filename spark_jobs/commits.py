"""What the commits of a table say about progress: Delta history → batches with the positions they consumed.

Every write carries what `Commit.as_json` tells as its Delta user metadata; commits without it (a compaction, the
creation of the table) are passed over. The log is read without Spark: a look takes milliseconds, so that a run with
nothing to do costs nothing.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from deltalake import DeltaTable

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import code_version, storage
from spark_jobs.halt import Halt

_RECENT = 20
_REWRITES = ("OPTIMIZE", "VACUUM START", "VACUUM END")


@dataclass(frozen=True)
class Input:
    """What a batch read, exactly: offsets of a Kafka partition, a snapshot, a file, or a table of the lake.

    First and last are inclusive. Of a table, `version` is the Delta version read, and the batches are those that were
    new (none in a rebuild of dates); `row_count` is of the accepted rows of the partitions read. The checksum is the
    sha256 of a file's content, or of a snapshot as CSV, which has `size_bytes`.
    """

    kind: Literal["kafka", "snapshot", "file", "table"]
    name: str
    kafka_partition: int | None = None
    first_offset: int | None = None
    last_offset: int | None = None
    first_batch: int | None = None
    last_batch: int | None = None
    version: int | None = None
    row_count: int | None = None
    size_bytes: int | None = None
    checksum: str | None = None


@dataclass(frozen=True)
class Commit:
    """One batch of a table: `inputs` are the positions up to which it read, `dates` those it replaced.

    `inputs` say where the next run begins; `read` says what this one read, which in a rebuild moves no position.
    `rows` are counts known before the write; `written` and `version` are added when it is read back. `contract` is
    the edition of contract and rules by which the rows were judged, empty where none were and in old commits, which
    have no `code` (its version), `started_at` and `read` either. `measured` are counts that only the write could tell:
    the commit does not carry them.
    """

    batch: int
    inputs: Mapping[str, Any] = field(default_factory=dict)
    dates: tuple[date, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    run: str = ""
    version: int | None = None
    contract: str = ""
    read: tuple[Input, ...] = ()
    code: str = ""
    started_at: datetime | None = None
    measured: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_replay(self) -> bool:
        """Whether its rows are records of older batches, judged again."""
        return "replayed" in self.rows

    def as_json(self) -> str:
        body = {
            "batch": self.batch,
            "inputs": self.inputs,
            "dates": [day.isoformat() for day in self.dates],
            "rows": self.rows,
            "run": self.run,
            "contract": self.contract,
            "read": [{name: told for name, told in asdict(one).items() if told is not None} for one in self.read],
            "code": self.code,
            "started_at": self.started_at.isoformat() if self.started_at else None,
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
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    def plan(
        self,
        inputs: Mapping[str, Any],
        dates: Iterable[date] = (),
        rows: Mapping[str, int] | None = None,
        contract: str = "",
        read: Iterable[Input] = (),
        run: str = "",
    ) -> Commit:
        """The next batch, to be handed to a write; it is refused if another commit came since.

        `run` goes before the id that the batch is given.
        """
        return Commit(
            self.next_batch,
            inputs,
            tuple(sorted(set(dates))),
            rows or {},
            run=f"{run}{uuid.uuid4()}",
            contract=contract,
            read=tuple(read),
            code=code_version.current(),
            started_at=self.asked_at,
        )


def input_name(of: Contract, zone: Zone) -> str:
    """How a commit names an input table; a new version of a contract is another table, whose batches begin anew."""
    version = "" if of.version == 1 else f"/v{of.version}"
    return f"{of.address}{version}@{zone}"


def writer_name(of: Contract, zone: Zone) -> str:
    """How Delta names the writer of a table, whose transactions are the table's batches."""
    return f"{of.address}@{zone}"


def newest(of: Contract, zone: Zone) -> Commit | None:
    """The newest commit that carries our metadata, at the version to read; None for a table without one.

    The version is the table's own: files that a compaction after the commit has replaced may be gone.
    """
    table = storage.open_table(tables.path(of, zone))
    last = _newest(table) if table else None
    return replace(last, version=table.version()) if table and last else None


def since(of: Contract, zone: Zone, batch: int, until: int | None = None) -> list[Commit] | None:
    """Commits of batches above `batch` (up to `until`), oldest first; None where the history is too short to tell."""
    table = storage.open_table(tables.path(of, zone))
    if table is None:
        return []
    for limit in (_RECENT, None):
        ours = sorted(_ours(table, limit), key=lambda one: one.batch)
        # Nothing newer is missing behind a commit that is not new, nor before the very next batch.
        if ours and ours[0].batch <= batch + 1:
            return [one for one in ours if one.batch > batch and (until is None or one.batch <= until)]
    return None


def replays(of: Contract) -> list[int] | None:
    """Batches of bronze that judged older records again; None where the history is too short to tell."""
    found = since(of, Zone.BRONZE, 0)
    return None if found is None else [commit.batch for commit in found if commit.is_replay]


def progress(of: Contract, zone: Zone) -> Progress:
    """Where the table stands; nothing is consumed before the first commit that carries positions."""
    table = storage.open_table(tables.path(of, zone))
    if table is None:
        return Progress({}, 1)
    last = _newest(table)
    # Delta knows a batch for good, even one whose commit was cleaned up or undone.
    taken = table.transaction_version(writer_name(of, zone)) or 0
    return Progress(last.inputs if last else {}, max(taken, last.batch if last else table.version()) + 1)


def moved_since(table: DeltaTable, version: int | None) -> bool:
    """Whether an open table may have other rows than at a version; compactions and vacuums change none."""
    newer = table.version() - version if version is not None else -1
    if newer <= 0:
        return newer < 0
    return any(one["operation"] not in _REWRITES for one in table.history(newer))


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
    version, history = table.version(), table.history(limit)
    table.update_incremental()
    if table.version() > version:
        # delta-rs numbers commits down from the version it opened: one that came since would shift them all.
        return _ours(table, limit)
    return [parse(commit) for commit in standing(history) if commit.get("userMetadata")]


def standing(history: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The history, newest first, without the commits that a RESTORE has undone."""
    restored = None
    for commit in history:
        if restored is not None and commit["version"] > restored:
            continue
        if commit["operation"] == "RESTORE":
            told = str(commit["operationParameters"].get("version"))
            if not told.isdigit():
                raise Halt(
                    "a table was restored to a time, and its log does not tell what that undid: restore to a version"
                )
            restored = int(told)
        yield commit


def parse(commit: Mapping[str, Any]) -> Commit:
    """A commit that carries our metadata, as the log tells it."""
    body = json.loads(commit["userMetadata"])
    written = commit.get("operationMetrics", {}).get("numOutputRows")
    rows = {**body["rows"], **({"written": int(written)} if written is not None else {})}
    dates = tuple(date.fromisoformat(day) for day in body["dates"])
    begun = body.get("started_at")
    return Commit(
        body["batch"],
        body["inputs"],
        dates,
        rows,
        body["run"],
        commit["version"],
        contract=body.get("contract", ""),
        read=tuple(Input(**one) for one in body.get("read", ())),
        code=body.get("code", ""),
        started_at=datetime.fromisoformat(begun) if begun else None,
    )
