"""Kill -9 while a run works: a seed → points (task, victim, delay) → the run followed to its end → what was felt.

A victim is a service of the stack, or `job`: the process of the task itself. Half of the points are named, for the
victim dies as soon as the task works; the others strike after a time by chance.
"""

import ast
import json
import os
import random
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from xmlrpc.client import ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport
from tenacity import retry, stop_after_delay, wait_fixed

from tests.end_to_end.running_lake import LAKE, SECONDS, RunningLake

JOB = "job"
# Task, in the order of a run → what it works with.
LANDING = {
    "land_kafka_log": ("kafka", "spark", JOB),
    "land_snapshot": ("postgres", "airflow-api-server", JOB),
    "land_files": ("spark", "airflow-triggerer", JOB),
}
DAILY_ETL = {
    "bronze": ("airflow-scheduler", "spark", JOB),
    "gate_bronze": ("spark", "airflow-api-server", JOB),
    "silver": ("spark", "kafka", JOB),
    "gate_silver": ("postgres", "spark", JOB),
    "gold": ("airflow-dag-processor", "airflow-triggerer", "spark", JOB),
    "gate_gold": ("spark", JOB),
    "verify": ("spark", "kafka", JOB),
    "release": ("clickhouse", "postgres", JOB),
}
WEEKLY_ANALYTICS = {"weeks": ("spark", JOB), "months": ("spark", JOB), "report": ("postgres", JOB)}
TASKS = {"land_sources": LANDING, "daily_etl": DAILY_ETL, "weekly_analytics": WEEKLY_ANALYTICS}
_LONGEST_DELAY = 8.0
_COMMAND = "Running command: "
until = retry(stop=stop_after_delay(300), wait=wait_fixed(0.1), reraise=True)


@dataclass(frozen=True)
class Point:
    task: str
    victim: str
    delay: float = 0

    def __str__(self) -> str:
        return f"{self.task:<18} {self.victim:<22} {f'{self.delay:.1f} s after' if self.delay else 'at'} its beginning"


@dataclass
class Run:
    """A followed run: where it was struck, and whether it came through by itself."""

    dag: str
    arguments: Sequence[str]
    state: str = ""
    printed: str = ""
    killed: list[Point] = field(default_factory=list)

    @property
    def tried_again(self) -> set[str]:
        """Tasks that had another try."""
        lines = (line.split() for line in self.printed.splitlines())
        return {words[1] for words in lines if words[:1] == ["again"]}


def points(chance: random.Random, dag: str, count: int) -> list[Point]:
    """So many points of one run, each in another task, in the order of the tasks."""
    tasks = list(TASKS[dag])
    chosen = sorted(chance.sample(tasks, min(count, len(tasks))), key=tasks.index)
    return [Point(task, chance.choice(TASKS[dag][task]), chance.choice((0, chance.uniform(0, _LONGEST_DELAY))))
            for task in chosen]  # fmt: skip


def strike(lake: RunningLake, dag: str, where: Sequence[Point], *arguments: str) -> Run:
    """Follow one run, and kill at each point as soon as it is reached."""
    struck = Run(dag, arguments)
    folder = lake.home / "logs" / "airflow" / f"dag_id={dag}"
    before = set(folder.glob("run_id=lake__*"))
    command = [str(LAKE), "run", dag, *arguments]
    with subprocess.Popen(command, env=lake.environment, stderr=subprocess.PIPE, text=True) as run:
        try:
            for point in where:
                words = _wait_for_command(run, folder, point.task, before)
                if words is None:
                    break
                time.sleep(point.delay)
                struck.killed.append(_kill(lake, point, words))
            _, struck.printed = run.communicate(timeout=SECONDS)
        finally:
            run.kill()
    struck.state = "success" if run.returncode == 0 else "failed"
    return struck


@until
def _wait_for_command(run: subprocess.Popen[str], folder: Path, task: str, before: set[Path]) -> list[str] | None:
    """The command of the task's first attempt, as soon as it runs; None where the run ended before."""
    if run.poll() is not None:
        return None
    [new] = set(folder.glob("run_id=lake__*")) - before
    events = [
        json.loads(line)["event"] for line in (new / f"task_id={task}" / "attempt=1.log").read_text().splitlines()
    ]
    [command] = [event.removeprefix(_COMMAND) for event in events if event.startswith(_COMMAND)]
    return [str(word) for word in ast.literal_eval(command)]


def _kill(lake: RunningLake, point: Point, command: list[str]) -> Point:
    """Kill the point's victim; where the job has ended already, Spark in its stead."""
    if point.victim == JOB:
        with suppress(AssertionError, psutil.NoSuchProcess):
            _job(lake, command).kill()
            return point
        point = Point(point.task, "spark", point.delay)
    _kill_service(lake, point.victim)
    return point


@retry(stop=stop_after_delay(1), wait=wait_fixed(0.1), reraise=True)
def _job(lake: RunningLake, command: list[str]) -> psutil.Process:
    """The process of a command that a task of this lake runs."""
    found = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if (process.info["cmdline"] or [])[-len(command) :] == command
        and (process.info["environ"] or {}).get("LAKE_HOME") == os.fspath(lake.home)
    ]
    assert found, f"no process runs {command}"
    return found[0]


@until
def _kill_service(lake: RunningLake, service: str) -> None:
    """One that an earlier kill took along is waited for; the supervisor is asked, for it answers at once."""
    transport = SupervisorTransport(None, None, f"unix://{lake.home}/supervisor/supervisor.sock")
    pid = ServerProxy("http://127.0.0.1", transport).supervisor.getProcessInfo(service)["pid"]
    assert pid, f"{service} does not run"
    psutil.Process(pid).kill()
