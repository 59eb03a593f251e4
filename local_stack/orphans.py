"""Processes of a stack that its supervisord does not look after: found by their marks, and ended."""

import os
from collections.abc import Callable
from contextlib import suppress

import psutil

from lake_layout.profile import profile
from local_stack import supervisor


def find() -> list[psutil.Process]:
    """Every process of this home's stack that no living supervisord looks after, except this one's own family."""
    kept = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    with suppress(supervisor.SupervisorAway, psutil.NoSuchProcess):
        root = psutil.Process(supervisor.call("getPID"))
        kept |= {root.pid, *(child.pid for child in root.children(recursive=True))}
    return [process for process in psutil.process_iter() if process.pid not in kept and _is_ours(process)]


def end(processes: list[psutil.Process]) -> None:
    """Ask the processes to end, then make them: all of them survive a crash without loss."""
    for process in processes:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=profile().timeouts.stray_end)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=profile().timeouts.stray_end)


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return


def _is_ours(process: psutil.Process) -> bool:
    """Some programs overwrite their environment with their title; those are known by where they work."""
    try:
        if str(supervisor.configuration_file()) in process.cmdline():
            return True
        if process.cwd() in (str(supervisor.working_folder()), str(profile().home / "postgres" / "data")):
            return True
        environment = process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    ours = environment.get("LAKE_HOME") == str(profile().home)
    return ours and supervisor.SERVICE_MARK in environment
