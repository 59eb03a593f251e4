"""How every service is: what the supervisor says about its process, and whether it answers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict

from local_stack import supervisor
from local_stack.service import NotReady, Service, StackError
from local_stack.services import all_services

_WORDS = {"STARTING": "starting", "BACKOFF": "failing", "FATAL": "failed", "STOPPING": "stopping"}


class Row(TypedDict):
    """One service; `state` is ready, not ready, starting, failing, failed, stopping or stopped."""

    name: str
    state: str
    reason: str
    pid: int | None
    up_seconds: int
    ports: list[int]
    log: str


def status() -> list[Row]:
    """One row per service; a running one is asked whether it answers."""
    states = supervisor.states()
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda service: _row(service, states.get(service.name, {})), all_services()))


def _row(service: Service, process: dict[str, Any]) -> Row:
    is_running = process.get("statename") == "RUNNING"
    state, reason = _answer(service) if is_running else (_WORDS.get(process.get("statename", ""), "stopped"), "")
    return {
        "name": service.name,
        "state": state,
        "reason": reason,
        "pid": process.get("pid") or None,
        "up_seconds": process["now"] - process["start"] if is_running else 0,
        "ports": list(service.ports.values()),
        "log": str(supervisor.log_file(service.name)),
    }


def _answer(service: Service) -> tuple[str, str]:
    try:
        service.check()
    except (NotReady, StackError) as error:
        return "not ready", str(error)
    return "ready", ""
