"""The release log in words for people: events → one line for each release, and for each gate that kept one back."""

from dataclasses import dataclass, field
from datetime import datetime

from spark_jobs.release import log
from spark_jobs.release.log import Did, Event, Log


@dataclass(frozen=True)
class Release:
    """`state`: current, previous, kept (a statement may still read it), past, failed, staged, or unfinished.

    `at` is when (UTC) it got there. A gate that failed before anything was staged has no `release_id`. `versions`:
    dataset → version of its Delta table, for a release.
    """

    release_id: int | None
    state: str
    at: datetime
    gate: str | None = None
    words: str | None = None
    versions: dict[str, int | None] = field(default_factory=dict)


def releases(found: Log) -> list[Release]:
    """Newest first."""
    kept = found.kept(log.now())
    lines = [_release(found, event, kept) for event in found.events if event.did is Did.STAGED]
    lines += [
        Release(None, "failed", event.at, event.gate, event.words)
        for event in found.events
        if event.did is Did.FAILED and event.release_id is None
    ]
    return sorted(lines, key=lambda one: one.at, reverse=True)


def _release(found: Log, staged: Event, kept: list[int]) -> Release:
    release_id = staged.release_id or 0
    versions = {pin.dataset: pin.lake_version for pin in staged.pins}
    if failed := found.of(release_id, Did.FAILED):
        return Release(release_id, "failed", failed[0].at, failed[0].gate, failed[0].words, versions)
    decided = found.of(release_id, Did.RELEASED, Did.ROLLED_BACK)
    if not decided:
        state = "staged" if found.staged == release_id else "unfinished"
        return Release(release_id, state, staged.at, versions=versions)
    states = {found.current: "current", found.previous: "previous"}
    state = states.get(release_id, "kept" if release_id in kept else "past")
    return Release(release_id, state, decided[-1].at, versions=versions)
