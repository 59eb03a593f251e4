"""Ends a server that tests have started."""

import subprocess

_SECONDS = 60


def end(server: "subprocess.Popen[bytes]", seconds: float = _SECONDS) -> None:
    """Ask it to end. Raises TimeoutExpired: it did not, and was killed."""
    server.terminate()
    try:
        server.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        raise
