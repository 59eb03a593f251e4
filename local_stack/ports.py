"""Tells who uses a port that a service needs."""

import socket
from collections.abc import Iterable

import psutil

from lake_layout.sections import HOST
from local_stack.service import Service, StackError


def ensure_free(services: Iterable[Service]) -> None:
    """Raise StackError naming every taken port, its user, and what to do."""
    if problems := taken(services):
        raise StackError("\n".join(problems))


def taken(services: Iterable[Service]) -> list[str]:
    """One sentence for each port that another program uses."""
    return [
        f"Port {port} of {service.name} is used by {_user_of(port)}: stop it, "
        f"or set LAKE_{setting.upper().replace('.', '__')} (or LAKE_PORT_OFFSET for all ports) to another number."
        for service in services
        for setting, port in service.ports.items()
        if _is_taken(port)
    ]


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: connections that are only closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _user_of(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "a program of another user"
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return f"process {connection.pid}{_program(connection.pid)}"
    return "another program"


def _program(pid: int) -> str:
    try:
        return f" ({' '.join(psutil.Process(pid).cmdline()[:3])[:80]})"
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""
