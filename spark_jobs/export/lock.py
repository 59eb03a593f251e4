"""One export at a time on a machine: a lock that ends with its process, whatever ends that."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from lake_layout.profile import profile


@contextmanager
def held() -> Iterator[None]:
    """Nobody else writes an export of this home meanwhile; waits for its turn."""
    home = profile().home
    home.mkdir(parents=True, exist_ok=True)
    with (home / "export.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
