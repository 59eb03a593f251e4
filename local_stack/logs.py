"""The ends of the services' logs, also as they grow."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from watchfiles import watch

from local_stack import supervisor
from local_stack.service import StackError


def tail(name: str, lines: int, *, follow: bool) -> Iterator[str]:
    """The last lines of a service's log; with `follow` then every new line, without end.

    Raises StackError: no such log.
    """
    path = supervisor.log_file(name)
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.log")))
        raise StackError(f"There is no log of {name!r}; there are: {known or 'none before the first `lake up`'}.")
    with path.open(errors="replace") as file:
        for line in deque(file, maxlen=lines):
            yield line.rstrip("\n")
    if follow:
        yield from _new_lines(path)


def _new_lines(path: Path) -> Iterator[str]:
    """Read on at every change of the file; a file that was rotated is read from its start."""
    position = path.stat().st_size
    for _ in watch(path.parent, watch_filter=lambda _, changed: Path(changed) == path):
        if not path.exists():
            continue
        if path.stat().st_size < position:
            position = 0
        with path.open(errors="replace") as file:
            file.seek(position)
            yield from (line.rstrip("\n") for line in file)
            position = file.tell()
