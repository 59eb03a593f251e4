"""A server that tests have started: which process it is, and how it ends."""

import subprocess

import psutil

_SECONDS = 60


def listening_at(port: int) -> psutil.Process:
    """The one process that listens at a port of this machine."""
    [pid] = {
        one.pid for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN and one.laddr.port == port
    }
    return psutil.Process(pid)


def end(server: "subprocess.Popen[bytes]", seconds: float = _SECONDS) -> None:
    """Ask it to end. Raises TimeoutExpired: it did not, and was killed."""
    server.terminate()
    try:
        server.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        raise
