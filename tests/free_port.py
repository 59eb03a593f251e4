"""A port for a server of a test's own."""

import secrets
import socket
from contextlib import suppress

from lake_layout.sections import HOST

# Above those of the stacks of tests, and below those that the system gives to connections: a server binds its port
# seconds after it was chosen.
_PORTS = range(21_000, 32_768)


def free_port() -> int:
    """A port that nobody uses at this moment. Not by `random`, which begins anew with each test."""
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.socket() as listener:
            listener.bind((HOST, port))
            return port
