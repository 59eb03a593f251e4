"""A port for a server of a test's own."""

import socket

from lake_layout.sections import HOST


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
