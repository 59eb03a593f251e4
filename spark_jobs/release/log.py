"""The release log: what the warehouses shall show is decided here first. `<lake>/ops/releases`, append-only.

events (`event_log`) → `Log` → current release, those that are kept, the next id. This module alone writes them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pyarrow as pa

from lake_layout.profile import profile
from spark_jobs import event_log

_NAME = "releases"


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
    """One line of the log. A gate that failed before anything was staged has no release.

    `made_of` is the fingerprint of the models that a staged release is built by (`months.fingerprint`).
    """

    did: Did
    release_id: int | None
    at: datetime
    gate: str | None = None
    words: str | None = None
    pins: tuple[Pinned, ...] = ()
    made_of: str | None = None
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
        ("made_of", pa.string()),
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

    def made_of(self, release_id: int) -> str | None:
        """The fingerprint of the models by which a release was built."""
        return next((event.made_of for event in self.of(release_id, Did.STAGED)), None)

    def pins(self, release_id: int) -> tuple[Pinned, ...]:
        """Raises LookupError: there is no such release."""
        for event in self.of(release_id, Did.STAGED):
            return event.pins
        raise LookupError(f"there is no release {release_id}: `lake releases` lists them")


def read() -> Log:
    """The log as it is now; empty before the first event."""
    return _log(event_log.read(_NAME))


def append(decide: Callable[[Log], Event]) -> Event:
    """Add one event, decided from the log as it stands; decided anew if another came in between."""
    return _event(event_log.append(_NAME, _SCHEMA, lambda rows: _row(decide(_log(rows)))))


def _log(rows: Sequence[event_log.Row]) -> Log:
    return Log(tuple(_event(row) for row in rows))


def _event(row: event_log.Row) -> Event:
    pins = tuple(Pinned(**pin) for pin in row["pins"] or ())
    return Event(**{**row, "did": Did(row["did"]), "pins": pins})


def _row(event: Event) -> event_log.Row:
    return {**asdict(event), "did": event.did.value, "pins": [asdict(pin) for pin in event.pins]}


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def gate(name: str, release_id: int | None = None, stops: tuple[type[Exception], ...] = (Exception,)) -> Iterator[None]:
    """What fails inside is noted: which gate, and its words. It is raised all the same."""
    try:
        yield
    except stops as error:
        words = str(error) or type(error).__name__
        append(lambda _log: Event(Did.FAILED, release_id, now(), gate=name, words=words))
        raise
