"""The process supervisor: services → supervisord.conf → one supervisord per home, spoken to over a Unix socket.

supervisord starts what it is told, restarts what dies and rotates logs; readiness is judged elsewhere.
"""

import hashlib
import os
import pwd
import shlex
import subprocess
import sys
import tempfile
import xmlrpc.client
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from lake_layout.profile import REPOSITORY, lake_environment, profile
from local_stack.service import Service, StackError, write_private

SERVICE_MARK = "LAKE_SERVICE"  # in the environment of every program of a stack and of its children
_LONGEST_SOCKET_PATH = 90  # the system allows 108 bytes, and supervisord adds a suffix while it binds


class SupervisorAway(ConnectionError):
    """supervisord does not answer."""


def folder() -> Path:
    return profile().home / "supervisor"


def configuration_file() -> Path:
    return folder() / "supervisord.conf"


def working_folder() -> Path:
    """Where all programs work, and nobody else: how a program without a supervisor is recognised."""
    return profile().home / "run"


def log_file(service: str) -> Path:
    return profile().home / "logs" / f"{service}.log"


def socket_path() -> Path:
    """In the home, or in a private temporary folder where the home's path is too long for a socket."""
    path = folder() / "supervisor.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(profile().home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"lake-{os.getuid()}-{name}" / "supervisor.sock"


def call(method: str, *arguments: object) -> Any:
    """One call of supervisord's API; raises SupervisorAway if nobody answers."""
    transport = SupervisorTransport(None, None, f"unix://{socket_path()}")
    server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    try:
        return getattr(server.supervisor, method)(*arguments)
    except OSError as error:
        raise SupervisorAway(str(error)) from error


def is_running() -> bool:
    try:
        call("getState")
    except SupervisorAway:
        return False
    return True


def states() -> dict[str, dict[str, Any]]:
    """Service → supervisord's account of it; empty without a supervisord."""
    try:
        return {process["name"]: process for process in call("getAllProcessInfo")}
    except SupervisorAway:
        return {}


def ensure_running(services: Iterable[Service]) -> None:
    """Start supervisord, or tell a running one what changed in its configuration."""
    services = list(services)
    for user in {service.run_as for service in services if service.run_as}:
        _ensure_user(user)
    for path in (folder(), socket_path().parent):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_uid != os.getuid():
            raise StackError(f"{path} belongs to somebody else: remove it")
    make_folders()
    configuration = configuration_file()
    write_private(configuration, _configuration(services))
    if is_running():
        _apply_changes()
        return
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
    result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=REPOSITORY)
    if result.returncode != 0:
        raise StackError(f"supervisord did not start: {(result.stdout + result.stderr).strip()}")
    _wait_until_running()


def make_folders() -> None:
    """Where programs work, and where they log."""
    for path in (profile().home / "logs", working_folder()):
        path.mkdir(parents=True, exist_ok=True)


def _ensure_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            name,
        ]
        subprocess.run(command, check=True, capture_output=True)


@retry(
    retry=retry_if_exception_type(SupervisorAway),
    stop=stop_after_delay(20),
    wait=wait_fixed(0.1),
    reraise=True,
)
def _wait_until_running() -> None:
    call("getState")


def _apply_changes() -> None:
    [[added, changed, removed]] = call("reloadConfig")
    for name in [*changed, *removed]:
        call("stopProcessGroup", name)
        call("removeProcessGroup", name)
    for name in [*added, *changed]:
        call("addProcessGroup", name)


def shut_down() -> None:
    """Stop supervisord itself; its programs are expected to be stopped before."""
    with suppress(SupervisorAway, psutil.NoSuchProcess):
        process = psutil.Process(call("getPID"))
        call("shutdown")
        process.wait(timeout=profile().timeouts.service_stop)


def _configuration(services: Iterable[Service]) -> str:
    factory = "supervisor.rpcinterface:make_main_rpcinterface"
    sections: dict[str, dict[str, object]] = {
        "supervisord": {
            "logfile": log_file("supervisord"),
            "logfile_maxbytes": "5MB",
            "logfile_backups": 2,
            "pidfile": folder() / "supervisord.pid",
            "directory": working_folder(),
            **({"user": "root"} if os.geteuid() == 0 else {}),
        },
        "unix_http_server": {"file": socket_path(), "chmod": "0600"},
        "rpcinterface:supervisor": {"supervisor.rpcinterface_factory": factory},
        **{f"program:{service.name}": _program(service) for service in services},
    }
    return "\n".join(_section(name, values) for name, values in sections.items())


def environment_of(service: Service) -> dict[str, str]:
    """The variables that a service and its children need."""
    path = f"{Path(sys.executable).parent}:{os.defpath}"
    marks = {"PATH": path, "PYTHONPATH": str(REPOSITORY), **lake_environment(), SERVICE_MARK: service.name}
    return {**marks, **service.environment()}


def _program(service: Service) -> dict[str, object]:
    return {
        "command": shlex.join(service.command()),
        "directory": working_folder(),
        "environment": _pairs(environment_of(service)),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": 2,
        "startretries": 3,
        "stopsignal": service.stop_signal,
        "stopwaitsecs": profile().timeouts.service_stop,
        "stopasgroup": str(service.stops_children).lower(),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": log_file(service.name),
        "stdout_logfile_maxbytes": "20MB",
        "stdout_logfile_backups": 2,
        **({"user": service.run_as} if service.run_as else {}),
    }


def _section(name: str, values: dict[str, object]) -> str:
    """A lone `%` would be read as the start of a substitution."""
    lines = [f"{key}={value}".replace("%", "%%") for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _pairs(environment: dict[str, str]) -> str:
    return ",".join(f'{key}="{value}"' for key, value in environment.items())
