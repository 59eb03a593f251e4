"""Starts the Spark server only while holding the writer's lease, because Delta is safe with one writing driver.

A lock on `<home>/spark/writer.lease` is taken, then this process becomes the server: the lock lives exactly
as long as the server does. Alone: `python -m local_stack.spark_lease COMMAND…`.
"""

import fcntl
import os
import sys
from pathlib import Path

from lake_layout.profile import profile


def take_lease(path: Path) -> None:
    """Hold the lease until this process ends, also beyond an exec; exit if another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode()
        sys.exit(f"Another Spark server (process {holder}) holds the lease {path}: stop it first, one driver writes.")
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    os.set_inheritable(descriptor, True)


def main() -> None:
    take_lease(profile().home / "spark" / "writer.lease")
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
