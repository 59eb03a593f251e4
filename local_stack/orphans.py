"""Processes of a stack whose supervisord is gone: found by the marks in their environment, and ended."""

import os
from collections.abc import Callable

import psutil

from lake_layout.profile import profile
from local_stack import supervisor


def find() -> list[psutil.Process]:
    """Every process of this home's stack, except this one and its parents."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in own and _is_ours(process)]


def end(processes: list[psutil.Process]) -> None:
    """Ask the processes to end, then make them."""
    for process in processes:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=profile().timeouts.service_stop)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=profile().timeouts.service_stop)


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return


def _is_ours(process: psutil.Process) -> bool:
    try:
        if str(supervisor.configuration_file()) in process.cmdline():
            return True
        if process.name() == "postgres":
            # Postgres overwrites its environment with its title, but works in its data folder.
            return process.cwd() == str(profile().home / "postgres" / "data")
        environment = process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False
    return supervisor.SERVICE_MARK in environment and environment.get("LAKE_HOME") == str(profile().home)
