"""The release log decides what is shown: numbers are given once, failures are told, and old releases are let go."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from deltalake.exceptions import DeltaError

from lake_layout.profile import profile
from spark_jobs import event_log
from spark_jobs.release import clickhouse, history, log
from spark_jobs.release.log import Did, Event, Log

NOON = datetime(2025, 3, 30, 12, tzinfo=UTC)
GRACE = timedelta(seconds=profile().timeouts.sql_statement)


def told(*events: tuple[Did, int | None, datetime]) -> Log:
    return Log(tuple(Event(did, release, at, sequence=n) for n, (did, release, at) in enumerate(events)))


def life(release: int, at: datetime, did: Did = Did.RELEASED) -> list[tuple[Did, int | None, datetime]]:
    staged = [(Did.STAGED, release, at)] if did is Did.RELEASED else []
    return [*staged, (did, release, at), (Did.SWITCHED, release, at)]


def test_nothing_is_current_before_the_first_release(own_lake: None) -> None:
    found = log.read()
    assert (found.current, found.previous, found.next_id, found.is_switched) == (None, None, 1, True)
    assert found.kept(NOON) == [] and history.releases(found) == []


def test_many_who_stage_at_once_get_numbers_of_their_own(own_lake: None) -> None:
    def stage(_: int) -> int | None:
        return log.append(lambda found: Event(Did.STAGED, found.next_id, log.now())).release_id

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(stage, range(8)))
    assert numbers == list(range(1, 9))
    assert [event.sequence for event in log.read().events] == list(range(8))


def test_a_commit_that_fails_for_another_reason_is_no_reason_to_try_for_ever(
    own_lake: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DeltaError("no space left on device")

    monkeypatch.setattr(event_log, "write_deltalake", broken)
    with pytest.raises(DeltaError, match="no space left"):
        log.append(lambda found: Event(Did.STAGED, found.next_id, NOON))


def test_a_decision_is_finished_when_both_databases_have_switched() -> None:
    begun = life(1, NOON)[:2]
    assert not told(*begun).is_switched
    assert told(*life(1, NOON)).is_switched
    assert not told(*life(1, NOON), *life(2, NOON)[:2]).is_switched


def test_the_current_and_the_previous_release_are_kept_and_what_a_statement_may_still_read() -> None:
    found = told(*life(1, NOON), *life(2, NOON + GRACE / 4), *life(3, NOON + GRACE / 2))
    assert found.kept(NOON + GRACE / 2) == [1, 2, 3]
    assert found.kept(NOON + 3 * GRACE) == [2, 3]


def test_after_a_rollback_the_release_that_was_left_is_the_previous_one() -> None:
    found = told(*life(1, NOON), *life(2, NOON), *life(1, NOON, Did.ROLLED_BACK))
    assert (found.current, found.previous, found.next_id) == (1, 2, 3)
    forward = told(*life(1, NOON), *life(2, NOON), *life(1, NOON, Did.ROLLED_BACK), *life(3, NOON))
    assert (forward.current, forward.previous) == (3, 1)
    assert forward.kept(NOON + 3 * GRACE) == [1, 3]


def test_a_failed_gate_is_told_with_its_words_and_leaves_the_last_release_standing(own_lake: None) -> None:
    for event in (Did.STAGED, Did.RELEASED, Did.SWITCHED):
        log.append(lambda _, did=event: Event(did, 1, log.now()))
    with pytest.raises(ValueError), log.gate("gate_silver"):
        raise ValueError("three rows without a user")
    log.append(lambda found: Event(Did.STAGED, found.next_id, log.now()))
    with pytest.raises(ValueError), log.gate("build_postgres", 2):
        raise ValueError("unique: 4 rows")
    found = log.read()
    assert (found.current, found.staged) == (1, None)
    assert [(one.release_id, one.state, one.gate, one.words) for one in history.releases(found)] == [
        (2, "failed", "build_postgres", "unique: 4 rows"),
        (None, "failed", "gate_silver", "three rows without a user"),
        (1, "current", None, None),
    ]


def test_a_release_whose_process_was_killed_is_unfinished_once_another_is_staged() -> None:
    found = told((Did.STAGED, 1, NOON), (Did.STAGED, 2, NOON + GRACE))
    assert [(one.release_id, one.state) for one in history.releases(found)] == [(2, "staged"), (1, "unfinished")]


@pytest.mark.parametrize("kept", [[1], [3, 8], [9], [10], [7, 98, 99], [1003, 1209]], ids=str)
def test_readers_look_into_releases_that_are_kept_and_into_any_to_come(kept: list[int]) -> None:
    pattern = re.compile(clickhouse.pattern("marts", kept))
    looked_at = [number for number in range(12_000) if pattern.match(f"marts_r{number}")]
    assert looked_at == [*kept, *range(kept[-1] + 1, 12_000)]
    assert not any(map(pattern.match, ("marts_next", "marts_r0012", "marts_r9999x", "lake_r9999")))
