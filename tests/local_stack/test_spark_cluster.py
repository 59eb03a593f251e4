"""The programs of a Spark cluster on this machine: there where the profile asks for workers, with private settings."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake_layout.profile import profile
from local_stack import spark, spark_cluster
from local_stack.passwords import ensure_passwords
from local_stack.services import all_services, named, stop_order, with_needs

PROGRAMS = ["spark-master", "spark-worker-1", "spark-worker-2"]


@pytest.fixture
def two_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home whose profile asks for two workers."""
    for name, value in {"HOME": str(tmp_path), "SPARK__WORKERS": "2", "PORT_OFFSET": "700"}.items():
        monkeypatch.setenv(f"LAKE_{name}", value)
    profile.cache_clear()
    ensure_passwords()
    yield tmp_path
    profile.cache_clear()


def _settings(path: Path) -> dict[str, str]:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return dict(line.split(" ", 1) for line in path.read_text().splitlines())


def _master() -> str:
    """Whom the server is told to take tasks to."""
    words = spark.service().command()
    return words[words.index("--master") + 1]


def test_without_workers_tasks_run_in_the_server_and_nothing_else_does(
    two_workers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_SPARK__WORKERS", "0")
    profile.cache_clear()
    assert spark_cluster.services() == []
    spark.prepare()
    told = _settings(two_workers / "spark" / "conf" / "spark-defaults.conf")
    assert _master() == "local[*]"
    assert "spark.authenticate" not in told


def test_the_server_comes_after_its_workers_and_goes_before_them(two_workers: Path) -> None:
    assert [service.name for service in with_needs(named(["spark"]))] == [*PROGRAMS, "spark"]
    assert stop_order(named(["spark"])) == [set(), {"spark"}, set(PROGRAMS)]


def test_each_program_has_a_port_of_its_own(two_workers: Path) -> None:
    ports = [port for service in all_services() for port in service.ports.values()]
    assert len(set(ports)) == len(ports)
    assert all(port > 17_700 for service in spark_cluster.services() for port in service.ports.values())


def test_server_and_workers_share_a_secret_that_stands_in_private_files_only(two_workers: Path) -> None:
    spark.prepare()
    services = spark_cluster.services()
    for service in services:
        service.prepare()
    secret = profile().spark.secret.get_secret_value()
    of_server = _settings(two_workers / "spark" / "conf" / "spark-defaults.conf")
    of_others = _settings(two_workers / "spark" / "cluster" / "conf" / "spark-defaults.conf")
    assert _master() == "spark://127.0.0.1:17770"
    assert of_server["spark.authenticate.secret"] == of_others["spark.authenticate.secret"] == secret
    assert profile().s3.secret_key.get_secret_value() not in of_others.values()
    shown = [*(word for one in services for word in one.command()), *services[0].environment().values()]
    assert not [word for word in shown if secret in word]


def test_a_master_of_ones_own_gets_executors_with_the_jars(two_workers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MASTER": "spark://elsewhere:7077", "WORKERS": "0", "DRIVER_HOST": "10.0.0.5"}.items():
        monkeypatch.setenv(f"LAKE_SPARK__{name}", value)
    profile.cache_clear()
    spark.prepare()
    told = _settings(two_workers / "spark" / "conf" / "spark-defaults.conf")
    assert _master() == "spark://elsewhere:7077"
    assert told["spark.driver.host"] == told["spark.driver.bindAddress"] == "10.0.0.5"
    assert told["spark.network.crypto.enabled"] == "true"
    assert told["spark.network.crypto.saslFallback"] == "false"
    assert told["spark.executor.extraClassPath"] == told["spark.driver.extraClassPath"]
    assert spark_cluster.services() == []


def test_workers_of_this_machine_do_not_join_another_master(two_workers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_SPARK__MASTER", "spark://elsewhere:7077")
    profile.cache_clear()
    with pytest.raises(ValueError, match="not spark://elsewhere:7077"):
        profile()
