"""A small stack of its own (Postgres and Kafka) that loses programs, its supervisor and half of its set-up."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from tenacity import retry, stop_after_delay, wait_fixed

from lake_layout.profile import REPOSITORY

pytestmark = pytest.mark.services
_LAKE = Path(sys.executable).with_name("lake")
# Where the tests run in the background, Ctrl-C may be switched off for them and their children. Not by `preexec_fn`:
# what gRPC's threads have to say after a fork of this process would stand among the lines of the command.
_WITH_CTRL_C = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass
class Stack:
    home: Path
    environment: dict[str, str]

    def lake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(_LAKE), *arguments], check=False, capture_output=True, text=True, env=self.environment, timeout=300
        )

    def up(self) -> str:
        done = self.lake("up", "postgres", "kafka")
        assert done.returncode == 0, done.stderr
        return done.stderr

    def status(self) -> dict[str, dict[str, Any]]:
        answer: dict[str, dict[str, Any]] = json.loads(self.lake("status", "--json").stdout)
        return answer

    def pid(self, name: str) -> int:
        return int(self.status()[name]["pid"])

    def dsn(self) -> str:
        return str(json.loads(self.lake("env", "--json").stdout)["postgres"]["dsn"])


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    home = REPOSITORY / ".lake-recovery"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LAKE_")}
    stack = Stack(home, {**inherited, "LAKE_HOME": str(home), "LAKE_PORT_OFFSET": "900"})
    stack.lake("down")
    shutil.rmtree(home, ignore_errors=True)
    try:
        stack.up()
        yield stack
    finally:
        stack.lake("down")
        shutil.rmtree(home)


def _kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.send_signal(signal.SIGKILL)
    psutil.wait_procs([process], timeout=10)


@retry(stop=stop_after_delay(60), wait=wait_fixed(0.5), reraise=True)
def _comes_back(stack: Stack, name: str, old_pid: int) -> None:
    row = stack.status()[name]
    assert row["state"] == "ready" and row["pid"] != old_pid


@pytest.mark.parametrize("name", ["postgres", "kafka"])
def test_a_killed_service_comes_back_by_itself(stack: Stack, name: str) -> None:
    stack.up()
    pid = stack.pid(name)
    _kill(pid)
    _comes_back(stack, name, pid)


def test_rows_survive_a_kill_of_everything_and_a_kafka_that_was_killed_in_its_format_is_formatted_anew(
    stack: Stack,
) -> None:
    stack.up()
    with psycopg.connect(stack.dsn()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer")
    supervisor = psutil.Process(int((stack.home / "supervisor" / "supervisord.pid").read_text()))
    killed = [supervisor, *supervisor.children(recursive=True)]
    for process in killed:
        with suppress(psutil.NoSuchProcess):  # One may have ended with another that was killed before it.
            process.kill()
    psutil.wait_procs(killed, timeout=10)
    (stack.home / "kafka" / "formatted").unlink()
    (stack.home / "kafka" / "data" / "meta.properties").unlink()
    assert "kafka ready" in stack.up()
    with psycopg.connect(stack.dsn()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_programs_that_a_killed_supervisor_left_are_ended_and_started_anew(stack: Stack) -> None:
    stack.up()
    left = {name: stack.pid(name) for name in ("postgres", "kafka")}
    _kill(int((stack.home / "supervisor" / "supervisord.pid").read_text()))
    assert "belong to no supervisor: `lake up` or `lake down` ends them" in stack.lake("doctor").stdout
    assert "that no supervisor looks after any more" in stack.up()
    assert not [pid for pid in left.values() if psutil.pid_exists(pid)]


def test_down_leaves_no_process_and_an_up_that_is_interrupted_ends_soon_and_the_next_one_goes_on(stack: Stack) -> None:
    stack.up()
    assert stack.lake("down").returncode == 0
    running = psutil.process_iter(["cmdline"])
    assert not [process for process in running if str(stack.home) in " ".join(process.info["cmdline"] or [])]
    up = subprocess.Popen(
        [sys.executable, "-c", _WITH_CTRL_C, str(_LAKE), "up", "postgres", "kafka"],
        env=stack.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert up.stderr is not None and "postgres ready" in up.stderr.readline()
    up.send_signal(signal.SIGINT)
    assert "Interrupted. What starts goes on starting" in up.communicate(timeout=30)[1]
    assert up.returncode == 130
    assert "kafka ready" in stack.up()


def test_up_twice_changes_nothing_and_is_quick(stack: Stack) -> None:
    stack.up()
    before = {name: row["pid"] for name, row in stack.status().items()}
    assert "kafka ready (was up)" in stack.up()
    assert {name: row["pid"] for name, row in stack.status().items()} == before


def test_a_lost_file_of_passwords_is_said_with_what_to_do(stack: Stack) -> None:
    stack.up()
    path = stack.home / "profile.env"
    kept = path.read_text()
    path.write_text(kept.replace("LAKE_POSTGRES__PASSWORD=", "LAKE_POSTGRES__PASSWORD=other"))
    try:
        done = stack.lake("up", "postgres")
        assert done.returncode == 1
        assert "Postgres was made with another password than profile.env holds: restore profile.env" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        path.write_text(kept)
