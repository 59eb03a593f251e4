"""Looks at everything that could keep the stack from running: preconditions, ports, strays, the services."""

from dataclasses import dataclass

from local_stack import orphans, ports, preconditions, supervisor
from local_stack.services import all_services
from local_stack.status import Row, status


@dataclass(frozen=True)
class Finding:
    subject: str
    is_good: bool
    words: str


def examine() -> list[Finding]:
    """All findings, good ones too."""
    strays = _strays()
    # Strays hold the ports too; they are said once.
    return [*_preconditions(), strays, *(_ports() if strays.is_good else []), *_services()]


def _preconditions() -> list[Finding]:
    return [Finding(subject, not words, words or "fine") for subject, words in preconditions.problems().items()]


def _strays() -> Finding:
    pids = [str(process.pid) for process in orphans.find()]
    words = f"processes {', '.join(pids)} belong to no supervisor: `lake up` or `lake down` ends them"
    return Finding("strays", not pids, words if pids else "none")


def _ports() -> list[Finding]:
    """Of services that do not run: their ports must be free."""
    running = {name for name, process in supervisor.states().items() if process["pid"]}
    problems = ports.taken(service for service in all_services() if service.name not in running)
    return [Finding("port", False, words) for words in problems] or [Finding("ports", True, "free or our own")]


def _services() -> list[Finding]:
    rows = status()
    if all(row["state"] == "stopped" for row in rows):
        return [Finding("services", True, "all stopped: `lake up` starts them")]
    return [_service(row) for row in rows]


def _service(row: Row) -> Finding:
    name, state = row["name"], row["state"]
    advice = {
        "ready": "",
        "stopped": f": `lake up {name}` starts it",
        "starting": ": look again in a moment",
        "stopping": ": look again in a moment",
        "not ready": (
            f" after {row['up_seconds']} s ({row['reason']}): it may still be starting; if it stays like this, "
            f"`lake restart {name}`, and `lake logs {name}` tells more"
        ),
    }
    broken = f": `lake logs {name}` tells why, `lake up {name}` tries again"
    return Finding(name, state == "ready", state + advice.get(state, broken))
