"""Brings the stack up, down and tells how it is.

Leftovers of a dead supervisord end → supervisord starts → every service starts as soon as what it needs is
ready, is checked until it answers, and is initialised.
"""

import fcntl
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from xmlrpc.client import Fault

from supervisor.xmlrpc import Faults
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from lake_layout.profile import profile
from local_stack import orphans, ports, supervisor
from local_stack.passwords import ensure_passwords
from local_stack.service import NotReady, Service, StackError
from local_stack.services import all_services, named, with_needs

Tell = Callable[[str], None]
_ALIVE = ("RUNNING", "STARTING")
_LAST_LINES = 15


@contextmanager
def _alone() -> Iterator[None]:
    """Two `up` or `down` at once wait for each other."""
    supervisor.folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (supervisor.folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def up(names: Iterable[str], tell: Tell) -> None:
    """Start the named services and what they need; without names, all. What runs is only checked."""
    ensure_passwords()
    wanted = with_needs(named(names))
    with _alone():
        _end_leftovers(tell)
        supervisor.ensure_running(all_services())
        alive = {name for name, process in supervisor.states().items() if process["statename"] in _ALIVE}
        ports.ensure_free(service for service in wanted if service.name not in alive)
        _start_in_order(wanted, tell)


def down(names: Iterable[str], tell: Tell) -> None:
    """Stop the named services, or all of them and the supervisor."""
    names = list(names)
    with _alone():
        states = supervisor.states()
        for service in reversed(named(names)):
            if states.get(service.name, {}).get("statename") in (*_ALIVE, "BACKOFF"):
                supervisor.call("stopProcess", service.name)
                tell(f"{service.name} stopped")
        if not names:
            supervisor.shut_down()
            _end_leftovers(tell)


def restart(names: Iterable[str], tell: Tell) -> None:
    chosen = list(names)
    down(chosen, tell)
    up(chosen, tell)


def status() -> list[dict[str, object]]:
    """One row per service: name, state (ready, not ready, starting, stopped, failed), pid, seconds up, ports."""
    states = supervisor.states()
    with ThreadPoolExecutor() as pool:
        return list(
            pool.map(
                lambda service: _status(service, states.get(service.name, {})),
                all_services(),
            )
        )


def _status(service: Service, process: dict[str, object]) -> dict[str, object]:
    name = str(process.get("statename", "STOPPED"))
    words = {
        "RUNNING": "ready",
        "STARTING": "starting",
        "BACKOFF": "failing",
        "FATAL": "failed",
    }
    state, reason = words.get(name, "stopped"), ""
    if name == "RUNNING":
        try:
            service.check()
        except (NotReady, StackError) as error:
            state, reason = "not ready", str(error)
    up_seconds = int(str(process["now"])) - int(str(process["start"])) if name == "RUNNING" else 0
    return {
        "name": service.name,
        "state": state,
        "reason": reason,
        "pid": process.get("pid") or None,
        "up_seconds": up_seconds,
        "ports": list(service.ports.values()),
        "log": str(supervisor.log_file(service.name)),
    }


def _end_leftovers(tell: Tell) -> None:
    if leftovers := orphans.find():
        tell(f"ending {len(leftovers)} processes that nobody looks after any more")
        orphans.end(leftovers)


def _start_in_order(services: list[Service], tell: Tell) -> None:
    """Start in parallel; each waits for the ones it needs, and fails with them."""
    started: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(max_workers=len(services)) as pool:
        for service in services:
            needs = [started[name] for name in service.needs]
            started[service.name] = pool.submit(_start, service, needs, tell)
    failures = [error for future in started.values() if (error := future.exception())]
    # A service that failed only because another did says nothing new.
    own = [error for error in failures if not isinstance(error, _NeedFailed)]
    for error in own:
        if not isinstance(error, StackError):
            raise error
    if own:
        raise StackError("\n".join(str(error) for error in own))


class _NeedFailed(Exception):
    pass


def _start(service: Service, needs: list["Future[None]"], tell: Tell) -> None:
    if any(need.exception() for need in needs):
        raise _NeedFailed(service.name)
    begin = time.monotonic()
    state = supervisor.states()[service.name]["statename"]
    if state not in _ALIVE:
        service.prepare()
        _start_process(service.name)
    _wait_until_ready(service)
    service.initialise()
    tell(f"{service.name} ready ({'was up' if state == 'RUNNING' else f'{time.monotonic() - begin:.1f} s'})")


def _start_process(name: str) -> None:
    try:
        supervisor.call("startProcess", name, False)
    except Fault as fault:
        # The supervisor was just restarting it by itself.
        if fault.faultCode != Faults.ALREADY_STARTED:
            raise StackError(f"{name} could not be started: {fault.faultString}") from fault


def _wait_until_ready(service: Service) -> None:
    limit = profile().timeouts.service_ready
    retrying = Retrying(
        retry=retry_if_exception_type(NotReady),
        stop=stop_after_delay(limit),
        wait=wait_fixed(0.3),
        reraise=True,
    )
    try:
        retrying(_check_alive, service)
    except NotReady as error:
        raise StackError(f"{service.name} was not ready after {limit} s ({error}).{_log_end(service.name)}") from error


def _check_alive(service: Service) -> None:
    state = supervisor.states().get(service.name, {}).get("statename")
    if state == "FATAL":
        raise StackError(f"{service.name} does not start.{_log_end(service.name)}")
    if state != "RUNNING" and state != "STARTING":
        raise NotReady(f"its process is {state}")
    service.check()


def _log_end(name: str) -> str:
    path = supervisor.log_file(name)
    lines = path.read_text(errors="replace").splitlines()[-_LAST_LINES:] if path.exists() else []
    return "\n".join([f" The end of {path}:", *(f"    {line}" for line in lines)])
