"""Brings both databases to what the log decided: prepare in both → switch in each, atomically → drop what is not kept.

Whatever kills it, the same again goes on from there. A release stands under its own name in both databases before
either shows it, so whoever reads its number in one finds it in the other. `lake rollback` decides and comes here.
"""

from lake_layout.profile import profile
from spark_jobs.publish import clickhouse as warehouse
from spark_jobs.release import clickhouse, lock, log, postgres
from spark_jobs.release.log import Did, Event, Log


def follow(found: Log) -> list[str]:
    """Have both databases show the decided release; gives the names of what was dropped.

    Raises LookupError: a database does not have it. Raises ConnectionError: one does not answer.
    """
    decision = found.decision
    if decision is None or decision.release_id is None:
        return []
    kept = found.kept(log.now())
    newest = max(event.release_id or 0 for event in found.events if event.did is Did.STAGED)
    is_last = newest == decision.release_id
    with warehouse.owner() as there, postgres.connected() as here:
        clickhouse.prepare(there, decision.release_id, is_staged_last=is_last)
        postgres.prepare(here, decision.release_id, is_staged_last=is_last)
        clickhouse.switch(there, decision, found.previous, kept)
        postgres.switch(here, decision, found.previous)
        if not found.is_switched:
            log.append(lambda _: Event(Did.SWITCHED, decision.release_id, log.now()))
        return [*clickhouse.drop_all_but(there, kept), *postgres.drop_all_but(here, kept)]


def rollback(to: int | None = None) -> int:
    """Show the release before, or a kept one, in both databases; gives its number.

    Raises LookupError: there is none, it was never released, or it is no longer kept.
    """
    to = to or log.read().previous
    if to is None:
        raise LookupError("there is no release before the current one")
    with lock.held(profile().timeouts.sql_statement):
        found = log.read()
        if not found.is_switched:
            follow(found)
        _require_kept(found, to)
        if to != found.current:
            with warehouse.owner() as there, postgres.connected() as here:
                clickhouse.prepare(there, to, is_staged_last=False)
                postgres.prepare(here, to, is_staged_last=False)
            log.append(lambda newest: _rolled_back(newest, to))
        follow(log.read())
    return to


def _rolled_back(found: Log, to: int) -> Event:
    _require_kept(found, to)
    return Event(Did.ROLLED_BACK, to, log.now())


def _require_kept(found: Log, release_id: int) -> None:
    kept = found.kept(log.now())
    if release_id not in kept:
        listed = ", ".join(map(str, kept)) or "none"
        raise LookupError(f"release {release_id} is not kept; those that are: {listed}")
