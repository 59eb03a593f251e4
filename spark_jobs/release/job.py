"""Makes a release and shows it, or leaves the last one standing: `python -m spark_jobs release`.

finish what was decided → run ledger → pins → both warehouses (`*_next`) → dbt builds and tests → proof → decision →
switch. All of it is done by one process that holds the lock, so nothing can come between the proof and the switch.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from lake_layout import tables
from lake_layout.periods import Period
from lake_layout.profile import profile
from spark_jobs.halt import Halt
from spark_jobs.ledger import update as ledger
from spark_jobs.publish import clickhouse as to_clickhouse
from spark_jobs.publish import pins
from spark_jobs.publish import postgres as to_postgres
from spark_jobs.publish.pins import Pin
from spark_jobs.release import dbt, lock, log, months, switch, whole_periods
from spark_jobs.release.log import Did, Event, Pinned
from spark_jobs.verify import warehouses
from spark_jobs.verify.findings import Verdict
from spark_jobs.verify.scope import Scope


def run() -> dict[str, Any]:
    """Release the newest versions of the lake's tables; gives the summary.

    Raises Halt: a test or the proof says no; whatever else fails leaves the last release standing, too.
    """
    with lock.held(profile().timeouts.job):
        finish_what_was_decided()
        # Marts show it; it holds itself to the lake, so that no release needs to undo it.
        ledger.run()
        chosen, at = pins.choose(), log.now()
        release_id = _stage(chosen, at)
        copied = _build(chosen, release_id, at)
        with log.gate("verify", release_id):
            _prove(release_id)
        log.append(partial(released, release_id=release_id))
        gone = switch.follow(log.read())
    versions = {pin.contract.address: pin.version for pin in chosen if pin.version is not None}
    wait = {f"{period}s": whole_periods.waiting(period) for period in (Period.WEEK, Period.MONTH)}
    return {"release": release_id, "versions": versions, "dropped": gone, **wait, **copied}


def finish_what_was_decided() -> None:
    """Have both databases show what was decided, if whoever decided it was killed."""
    found = log.read()
    if found.is_switched:
        return
    try:
        switch.follow(found)
    except LookupError as error:
        # A warehouse that was lost gets its rows from the release that is made now.
        print(f"going on to the next release: {error}", flush=True)


def _stage(chosen: Iterable[Pin], at: datetime) -> int:
    pinned = tuple(_pinned(pin) for pin in chosen)
    with log.gate("publish_clickhouse"), to_clickhouse.owner() as client:
        made_of = months.fingerprint(str(client.command("SELECT version()")))
    event = log.append(lambda found: Event(Did.STAGED, found.next_id, at, pins=pinned, made_of=made_of))
    assert event.release_id is not None
    print(f"release {event.release_id} is staged", flush=True)
    return event.release_id


def _pinned(pin: Pin) -> Pinned:
    path = tables.path(pin.contract, pin.zone).removeprefix(f"{profile().lake.root}/")
    named = (pin.contract.address, str(pin.zone), path, pin.table_id, pin.version, pin.row_count, pin.newest_date)
    return Pinned(*named)


def _build(chosen: list[Pin], release_id: int, at: datetime) -> dict[str, object]:
    """Publish and build in both warehouses at once; what fails first is raised when both have ended."""
    publish: dict[str, Callable[[list[Pin], int, datetime], dict[str, object]]] = {
        "clickhouse": _publish_to_clickhouse,
        "postgres": to_postgres.publish,
    }

    def build(warehouse: str) -> dict[str, object]:
        with log.gate(f"publish_{warehouse}", release_id):
            done = publish[warehouse](chosen, release_id, at)
        with log.gate(f"build_{warehouse}", release_id):
            dbt.build(warehouse)
        return done

    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(build, warehouse) for warehouse in publish]
    return {name: value for future in futures for name, value in future.result().items()}


def _publish_to_clickhouse(chosen: list[Pin], release_id: int, at: datetime) -> dict[str, object]:
    done = to_clickhouse.publish(chosen, release_id, at)
    with to_clickhouse.owner() as client:
        months.tell(client, log.read(), chosen, release_id)
    return done


def _prove(release_id: int) -> None:
    found = warehouses.check(Scope.RECENT, release_id, is_staged=True)
    wrong = [f"{one.check}: {one.dataset}: {one.words}" for one in found if one.verdict is Verdict.WRONG]
    if wrong:
        raise Halt("\n".join(["the warehouses do not hold what the release names:", *wrong]))


def released(found: log.Log, release_id: int) -> Event:
    """The decision. Raises Halt: another release was staged since, or this one failed."""
    if found.staged != release_id:
        raise Halt(f"release {release_id} is overtaken: another one was staged while it was made")
    return Event(Did.RELEASED, release_id, log.now())
