"""A running cluster of two workers with the lake on S3: who listens, who is let in, and who comes back."""

import base64
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import jwt
import psutil
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from lake_layout.profile import REPOSITORY, profile
from lake_layout.sections import HOST
from local_stack import spark, spark_cluster, supervisor
from local_stack.service import NotReady
from local_stack.status import status
from spark_jobs import session
from tests.own_profile import using
from tests.own_server import end

pytestmark = pytest.mark.services
HOME = REPOSITORY / ".lake-test-spark-cluster"
ENVIRONMENT = {
    "LAKE_HOME": str(HOME),
    "LAKE_PORT_OFFSET": "1900",
    "LAKE_S3__ENABLED": "true",
    "LAKE_SPARK__WORKERS": "2",
    "LAKE_SPARK__DRIVER_MEMORY": "1g",
    "LAKE_SPARK__EXECUTOR_MEMORY": "512m",
}
WORKERS = ("spark-worker-1", "spark-worker-2")
Lake = Callable[..., None]
within_a_minute = retry(
    retry=retry_if_exception_type((AssertionError, NotReady)),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.3),
    reraise=True,
)


@pytest.fixture(scope="module")
def stack() -> Iterator[Lake]:
    """lake(words…) on a home of its own, which is gone afterwards."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LAKE_")}

    def lake(*words: str) -> None:
        command = [sys.executable, "-m", "lake_cli", *words]
        done = subprocess.run(command, env=inherited | ENVIRONMENT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]

    lake("down")
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        yield lake
    finally:
        lake("down")
        shutil.rmtree(HOME)


@pytest.fixture
def lake(stack: Lake) -> Iterator[Lake]:
    """The same, all of Spark's programs up with two executors."""
    stack("up", "spark")
    with using(ENVIRONMENT):
        _executors()
        yield stack


def _programs() -> list[psutil.Process]:
    """All that the supervisor started, and what those did."""
    root = psutil.Process(supervisor.call("getPID"))
    return [root, *(one for one in root.children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE)]


@within_a_minute
def _executors() -> list[psutil.Process]:
    found = [one for one in _programs() if "CoarseGrainedExecutorBackend" in " ".join(one.cmdline())]
    assert len(found) == len(WORKERS)
    return found


def _listening(program: psutil.Process) -> list[tuple[str, int]]:
    """UDP has no state of listening: whoever has a port can be spoken to."""
    found = program.net_connections("inet")
    return [one.laddr for one in found if one.laddr and one.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)]


@within_a_minute
def _ready() -> dict[str, int]:
    """All of Spark's, each with its process."""
    rows = [row for row in status() if row["name"].startswith("spark")]
    assert {row["state"] for row in rows} == {"ready"}
    return {row["name"]: row["pid"] or 0 for row in rows}


def _count() -> int:
    with session.opened("cluster test") as opened:
        return opened.range(0, 1000, numPartitions=4).count()


def _secrets() -> list[str]:
    of = profile()
    key = base64.urlsafe_b64encode(of.spark_ui_key).decode()
    return [*(one.get_secret_value() for one in (of.spark.secret, of.spark.token, of.s3.secret_key)), key]


def test_all_listen_on_this_machine_only(lake: Lake) -> None:
    programs = [one for one in _programs() if one.name() == "java"]
    assert len(programs) == len({"s3", "spark-master", *WORKERS, "spark"}) + len(_executors())
    listening = [_listening(one) for one in programs]
    assert all(listening)
    assert {where[0].removeprefix("::ffff:") for found in listening for where in found} == {HOST}


def test_no_secret_is_where_others_could_read_it(lake: Lake) -> None:
    secrets = _secrets()
    for program in _programs():
        assert not [one for one in secrets if one in " ".join(program.cmdline())]
        holding = {name for name, value in program.environ().items() if any(one in value for one in secrets)}
        # A worker hands it to its executors so; nobody but their user reads it there.
        assert holding <= {"_SPARK_AUTH_SECRET"}
        assert not holding or program in _executors()
    for path in (path for path in HOME.rglob("*") if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077):
        assert not [one for one in secrets if one.encode() in path.read_bytes()], path


def test_pages_answer_only_whoever_signs(lake: Lake) -> None:
    paths = {"spark": "api/v1/applications", **dict.fromkeys(("spark-master", *WORKERS), "json/")}
    asked = set()
    for name, pid in _ready().items():
        for _, port in _listening(psutil.Process(pid)):
            with suppress(httpx.RemoteProtocolError):  # no page, but a door for other programs
                keys = (None, b"guessed" * 5, profile().spark_ui_key)
                asked.add((name, *(_answer(port, paths[name], key) for key in keys)))
    assert asked == {(name, 403, 403, 200) for name in paths}


def _answer(port: int, path: str, key: bytes | None) -> int:
    headers = {"Authorization": f"Bearer {jwt.encode({}, key, algorithm='HS256')}"} if key else {}
    return httpx.get(f"http://{HOST}:{port}/{path}", headers=headers, trust_env=False).status_code


@pytest.mark.parametrize("said", ["spark.authenticate.secret guessed", "spark.authenticate false"])
def test_a_worker_that_does_not_know_the_secret_is_not_let_in(lake: Lake, said: str, tmp_path: Path) -> None:
    spark.copy_log_settings(tmp_path)
    (tmp_path / "its.conf").write_text(f"spark.authenticate true\n{said}\n")
    words = ["--host", HOST, "--webui-port", "0", "--properties-file", "its.conf", "--work-dir", "work"]
    command = [spark.home() / "bin" / "spark-class", "org.apache.spark.deploy.worker.Worker", *words]
    log = tmp_path / "log"
    with log.open("w") as output:
        environment = {**os.environ, **spark.environment(tmp_path)}
        stranger = subprocess.Popen(
            [*command, profile().spark.master], cwd=tmp_path, env=environment, stdout=output, stderr=output
        )
    try:
        _refused(log)
    finally:
        end(stranger)
    assert len(spark_cluster.worker_states()) == len(WORKERS)


@within_a_minute
def _refused(log: Path) -> None:
    assert "Failed to connect to master" in log.read_text()


@pytest.mark.long
@pytest.mark.parametrize("name", ["spark-worker-1", "spark"])
def test_who_was_killed_comes_back_and_the_next_job_runs(lake: Lake, name: str) -> None:
    before = _ready()
    psutil.Process(before[name]).kill()
    after = _ready_anew(before, name)
    assert {**after, name: 0} == {**before, name: 0}
    assert _count() == 1000
    _executors()


@pytest.mark.long
@pytest.mark.parametrize("restart", ["by itself", "by hand"])
def test_a_master_that_comes_back_gives_the_server_new_executors(lake: Lake, restart: str) -> None:
    before = _ready()
    if restart == "by hand":
        lake("restart", "spark-master")
    else:
        psutil.Process(before["spark-master"]).kill()
    assert _ready_anew(before, "spark-master")["spark"] == before["spark"]
    executors = _executors()
    for one in executors:
        one.kill()
    psutil.wait_procs(executors, timeout=10)
    assert _count() == 1000


@within_a_minute
def _ready_anew(before: dict[str, int], name: str) -> dict[str, int]:
    found = _ready.__wrapped__()
    assert found[name] != before[name]
    return found


@pytest.mark.long
def test_a_server_without_executors_is_not_ready(lake: Lake) -> None:
    lake("down", *WORKERS)
    _without_executors()
    lake("up", "spark")
    assert _count() == 1000


@within_a_minute
def _without_executors() -> None:
    [row] = [row for row in status() if row["name"] == "spark"]
    assert row["reason"].startswith("no executor has reported")


def test_a_stop_ends_all_and_their_executors(lake: Lake) -> None:
    programs = {*_programs(), *_executors()}
    lake("down")
    assert not [one for one in programs if one.is_running()]
    running = psutil.process_iter(["cmdline"])
    assert not [one for one in running if str(HOME) in " ".join(one.info["cmdline"] or [])]
