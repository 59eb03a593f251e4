"""What the supervisor must know about one service: its command, its ports and how to tell that it is ready."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


class StackError(RuntimeError):
    """Something a person can put right; the message says how."""


class NotReady(Exception):
    """The service does not answer as it should yet."""


def nothing() -> None:
    """For a service without anything to prepare or to initialise."""


@dataclass(frozen=True)
class Service:
    """One supervised program.

    `prepare` runs before the start, `check` raises until the service answers, `initialise` runs once it
    does; all three may run again at any time. `needs` are services that must be ready before the start.
    """

    name: str
    command: Callable[[], list[str]]
    check: Callable[[], None]
    ports: Mapping[str, int] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    prepare: Callable[[], None] = nothing
    initialise: Callable[[], None] = nothing
    environment: Callable[[], dict[str, str]] = dict
    stop_signal: str = "TERM"
    stops_children: bool = True  # send the signal to the whole process group
    run_as: str | None = None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with suppress(FileNotFoundError):
        partial.unlink()
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
