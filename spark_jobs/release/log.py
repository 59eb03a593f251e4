"""The release log: what the warehouses shall show is decided here first. `<lake>/ops/releases`, append-only.

events → `Log` → current release, those that are kept, the next id. An event is one Delta commit that is refused if
another came since it was thought of, so that no two processes decide from the same page. This module alone writes
the table, without Spark.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake
from deltalake.exceptions import DeltaError

from lake_layout.profile import profile
from spark_jobs import ops, storage

_NAME = "releases"
_REFUSED_IF_ANOTHER_CAME = CommitProperties(max_commit_retries=0)


class Did(StrEnum):
    """What happened to a release. `released` and `rolled_back` decide what is shown; `switched`: both show it."""

    STAGED = "staged"
    FAILED = "failed"
    RELEASED = "released"
    ROLLED_BACK = "rolled_back"
    SWITCHED = "switched"


@dataclass(frozen=True)
class Pinned:
    """The version of one table that a release names; without a version the table did not exist."""

    dataset: str
    lake_zone: str
    lake_path: str
    lake_table_id: str | None
    lake_version: int | None
    row_count: int
    newest_date: date | None


@dataclass(frozen=True)
class Event:
    """One line of the log. A gate that failed before anything was staged has no release."""

    did: Did
    release_id: int | None
    at: datetime
    gate: str | None = None
    words: str | None = None
    pins: tuple[Pinned, ...] = ()
    sequence: int = 0


_PINNED = pa.struct(
    [
        ("dataset", pa.string()),
        ("lake_zone", pa.string()),
        ("lake_path", pa.string()),
        ("lake_table_id", pa.string()),
        ("lake_version", pa.int64()),
        ("row_count", pa.int64()),
        ("newest_date", pa.date32()),
    ]
)
_SCHEMA = pa.schema(
    [
        ("did", pa.string()),
        ("release_id", pa.int64()),
        ("at", pa.timestamp("us", "UTC")),
        ("gate", pa.string()),
        ("words", pa.string()),
        ("pins", pa.list_(_PINNED)),
        ("sequence", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Log:
    """All events, oldest first."""

    events: tuple[Event, ...] = ()

    def of(self, release_id: int, *kinds: Did) -> list[Event]:
        return [event for event in self.events if event.release_id == release_id and event.did in kinds]

    @property
    def next_id(self) -> int:
        return max((event.release_id or 0 for event in self.events), default=0) + 1

    @property
    def decision(self) -> Event | None:
        """The newest decision about what is shown; None before the first release."""
        return next((event for event in reversed(self.events) if event.did in (Did.RELEASED, Did.ROLLED_BACK)), None)

    @property
    def current(self) -> int | None:
        return self.decision.release_id if self.decision else None

    @property
    def previous(self) -> int | None:
        """What was decided before the current release."""
        decided = [event.release_id for event in self.events if event.did in (Did.RELEASED, Did.ROLLED_BACK)]
        return next((one for one in reversed(decided) if one != self.current), None)

    @property
    def staged(self) -> int | None:
        """The release staged last, unless it was decided about or failed."""
        newest = next((event for event in reversed(self.events) if event.did is Did.STAGED), None)
        if newest is None or newest.release_id is None:
            return None
        return None if self.of(newest.release_id, Did.RELEASED, Did.FAILED) else newest.release_id

    @property
    def is_switched(self) -> bool:
        """Whether both databases show what was decided last."""
        decision = self.decision
        return decision is None or any(
            event.did is Did.SWITCHED and event.sequence > decision.sequence for event in self.events
        )

    def kept(self, now: datetime) -> list[int]:
        """The current release, the previous one, and any that a statement which still runs may have begun with."""
        since = now - timedelta(seconds=profile().timeouts.sql_statement)
        shown = [event for event in self.events if event.did is Did.SWITCHED]
        ends = [*(event.at for event in shown[1:]), now]
        recent = [event.release_id for event, end in zip(shown, ends, strict=False) if end >= since]
        return sorted({one for one in (self.current, self.previous, *recent) if one is not None})

    def pins(self, release_id: int) -> tuple[Pinned, ...]:
        """Raises LookupError: there is no such release."""
        for event in self.of(release_id, Did.STAGED):
            return event.pins
        raise LookupError(f"there is no release {release_id}: `lake releases` lists them")


def read() -> Log:
    """The log as it is now; empty before the first event."""
    return _read()[0]


def _read() -> tuple[Log, int]:
    """The log, and the version of its table: -1 while there is none."""
    table = storage.open_table(ops.path(_NAME))
    if table is None:
        return Log(), -1
    rows = table.to_pyarrow_table().sort_by("sequence").to_pylist()
    return Log(tuple(_event(row) for row in rows)), table.version()


def _event(row: dict[str, object]) -> Event:
    pins = tuple(Pinned(**pin) for pin in row.pop("pins") or ())  # type: ignore[attr-defined]
    return Event(**{**row, "did": Did(str(row["did"])), "pins": pins})  # type: ignore[arg-type]


def append(decide: Callable[[Log], Event]) -> Event:
    """Add one event, decided from the log as it stands; decided anew if another came in between."""
    while True:
        log, version = _read()
        event = replace(decide(log), sequence=version + 1)
        try:
            _commit(event, is_first=version < 0)
        except DeltaError:
            if _read()[1] == version:
                raise
        else:
            return event


def _commit(event: Event, *, is_first: bool) -> None:
    uri = ops.path(_NAME)
    row = {**asdict(event), "did": event.did.value, "pins": [asdict(pin) for pin in event.pins]}
    table = None if is_first else storage.open_table(uri, event.sequence - 1)
    write_deltalake(
        table or storage.local_path(uri) or uri,
        pa.Table.from_pylist([row], schema=_SCHEMA),
        mode="error" if table is None else "append",
        storage_options=storage.delta_options(uri) if table is None else None,
        commit_properties=_REFUSED_IF_ANOTHER_CAME,
    )


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def gate(name: str, release_id: int | None = None, stops: type[Exception] = Exception) -> Iterator[None]:
    """What fails inside is noted: which gate, and its words. It is raised all the same."""
    try:
        yield
    except stops as error:
        words = str(error) or type(error).__name__
        append(lambda _log: Event(Did.FAILED, release_id, now(), gate=name, words=words))
        raise
