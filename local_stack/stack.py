"""Brings the stack up and down.

Strays of a dead supervisord end → supervisord starts → every service starts as soon as what it needs is
ready, is checked until it answers, and is initialised. Down goes the other way.
"""

import fcntl
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from xmlrpc.client import Fault

from supervisor.xmlrpc import Faults
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, stop_when_event_set, wait_fixed

from lake_layout.profile import profile
from local_stack import orphans, ports, preconditions, supervisor
from local_stack.passwords import ensure_passwords
from local_stack.service import NotReady, Service, StackError
from local_stack.services import all_services, named, stop_order, with_needs

Tell = Callable[[str], None]
_ALIVE = ("RUNNING", "STARTING")
# What `make setup` installed, and the passwords of the containers, whose data Docker keeps.
_KEPT = {"jars", "uv", "bi", "setup.lock", "compose"}
_LAST_LINES = 15


@contextmanager
def _alone(tell: Tell) -> Iterator[None]:
    """Two `up` or `down` at once wait for each other."""
    supervisor.folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (supervisor.folder() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another `lake up` or `lake down` of this stack to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def up(names: Iterable[str], tell: Tell) -> None:
    """Start the named services and what they need; without names, all. What runs is only checked."""
    ensure_passwords()
    if problems := [words for words in preconditions.problems().values() if words]:
        raise StackError("\n".join(problems))
    wanted = with_needs(named(names))
    with _alone(tell):
        _end_strays(tell)
        supervisor.ensure_running(all_services())
        alive = _in_state(*_ALIVE)
        ports.ensure_free(service for service in wanted if service.name not in alive)
        _start_in_order(wanted, tell)
        if stopped := sorted({service.name for service in all_services()} - _in_state(*_ALIVE)):
            tell(f"not running: {', '.join(stopped)}; `lake up` without names starts all")


def down(names: Iterable[str], tell: Tell) -> None:
    """Stop the named services; without names, all of them and the supervisor."""
    names = list(names)
    with _alone(tell):
        alive = _in_state(*_ALIVE, "BACKOFF")
        for rank in stop_order(named(names)):
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda name: _stop(name, tell), sorted(rank & alive)))
        if not names:
            supervisor.shut_down()
            _end_strays(tell)


def restart(names: Iterable[str], tell: Tell) -> None:
    """Stop and start the named services; without names, all."""
    names = list(names)
    down(names, tell)
    up(names, tell)


def clean(tell: Tell) -> None:
    """Stop the stack and delete its data and passwords; what `make setup` installed stays."""
    down([], tell)
    for path in profile().home.iterdir():
        if path.name in _KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    tell(f"{profile().home} is empty again")


def _in_state(*words: str) -> set[str]:
    return {name for name, process in supervisor.states().items() if process["statename"] in words}


def _end_strays(tell: Tell) -> None:
    if strays := orphans.find():
        tell(f"ending {len(strays)} processes that no supervisor looks after any more")
        orphans.end(strays)


def _start_in_order(services: list[Service], tell: Tell) -> None:
    """Start in parallel; each waits for the ones it needs, and fails with them."""
    started: dict[str, Future[None]] = {}
    given_up = threading.Event()
    with ThreadPoolExecutor(max_workers=len(services)) as pool:
        try:
            for service in services:
                needs = [started[name] for name in service.needs]
                started[service.name] = pool.submit(_start, service, needs, given_up, tell)
            wait(started.values())
        except KeyboardInterrupt:
            # What starts goes on starting, but nobody waits for it.
            given_up.set()
            raise
    failures = [error for future in started.values() if (error := future.exception())]
    known = [error for error in failures if isinstance(error, StackError)]
    for error in failures:
        # A service that failed only because another did says nothing new.
        if error not in known and not isinstance(error, _NeedFailed):
            raise error
    if known:
        raise StackError("\n".join(dict.fromkeys(str(error) for error in known)))


class _NeedFailed(Exception):
    pass


def _start(service: Service, needs: list[Future[None]], given_up: threading.Event, tell: Tell) -> None:
    if any(need.exception() for need in needs) or given_up.is_set():
        raise _NeedFailed(service.name)
    begin = time.monotonic()
    was_up = service.name in _in_state("RUNNING")
    if service.name not in _in_state(*_ALIVE):
        service.prepare()
        _start_process(service.name)
    _wait_until_ready(service, given_up)
    service.initialise()
    tell(f"{service.name} ready ({'was up' if was_up else f'{time.monotonic() - begin:.1f} s'})")


def _start_process(name: str) -> None:
    try:
        supervisor.call("startProcess", name, False)
    except Fault as fault:
        # The supervisor may just have restarted it by itself.
        if fault.faultCode != Faults.ALREADY_STARTED:
            raise StackError(f"{name} could not be started: {fault.faultString}.{_log_end(name)}") from fault


def _stop(name: str, tell: Tell) -> None:
    try:
        supervisor.call("stopProcess", name)
    except Fault as fault:
        if fault.faultCode != Faults.NOT_RUNNING:
            raise
    tell(f"{name} stopped")


def _wait_until_ready(service: Service, given_up: threading.Event) -> None:
    limit = profile().timeouts.service_ready
    retrying = Retrying(
        retry=retry_if_exception_type(NotReady),
        stop=stop_after_delay(limit) | stop_when_event_set(given_up),
        wait=wait_fixed(0.3),
        reraise=True,
    )
    try:
        retrying(_check_alive, service)
    except NotReady as error:
        raise StackError(f"{service.name} was not ready after {limit} s ({error}).{_log_end(service.name)}") from error


def _check_alive(service: Service) -> None:
    states = supervisor.states()
    if not states:
        raise StackError("The supervisor has ended: run the same command again.")
    state = states.get(service.name, {}).get("statename")
    if state == "FATAL":
        raise StackError(f"{service.name} does not start.{_log_end(service.name)}")
    if state not in _ALIVE:
        raise NotReady(f"its process is {state}")
    service.check()


def _log_end(name: str) -> str:
    path = supervisor.log_file(name)
    lines = path.read_text(errors="replace").splitlines()[-_LAST_LINES:] if path.exists() else []
    return "\n".join([f" The end of {path}:", *(f"    {line}" for line in lines)])
