"""The parts of the stack that need no running service."""

import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lake_layout.profile import REPOSITORY, profile
from local_stack import connections, jars, orphans, ports, postgres, preconditions, spark, supervisor
from local_stack.passwords import ensure_passwords
from local_stack.service import Service, StackError, write_private
from local_stack.services import all_services, named, stop_order, with_needs


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home with passwords of its own."""
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    profile.cache_clear()
    ensure_passwords()
    yield tmp_path
    profile.cache_clear()


def _program(name: str = "example", port: int = 1) -> Service:
    return Service(name=name, command=lambda: ["sleep", "1"], check=lambda: None, ports={"example.port": port})


def test_a_file_of_passwords_that_was_cut_short_is_said_with_what_it_lacks(home: Path) -> None:
    path = home / "profile.env"
    text = path.read_text()
    path.write_text(text[: text.index("LAKE_S3__SECRET_KEY=") + 5])
    profile.cache_clear()
    assert preconditions.passwords() == (
        f"{path} lacks LAKE_S3__SECRET_KEY, LAKE_LAKE__EXPORT_SECRET, LAKE_AIRFLOW__SCHEDULES_FROM:"
        " `lake up` makes them anew."
    )
    ensure_passwords()
    assert preconditions.passwords() == ""


def test_the_disk_of_a_home_that_is_not_there_yet_is_looked_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_HOME", str(home / "not" / "there"))
    profile.cache_clear()
    assert preconditions.disk() == ""


def test_passwords_are_for_the_owner_alone_and_stay(home: Path) -> None:
    path = home / "profile.env"
    first = path.read_text()
    ensure_passwords()
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_lost_password_is_made_again_and_the_others_stay(home: Path) -> None:
    path = home / "profile.env"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if "KAFKA" not in line))
    profile.cache_clear()
    ensure_passwords()
    kept = [line for line in lines if "KAFKA" not in line]
    assert path.read_text().splitlines()[: len(kept)] == kept
    assert len(profile().kafka.password.get_secret_value()) == 32


def test_a_home_keeps_the_ports_the_s3_and_the_search_it_was_made_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKE_PORT_OFFSET", "700")
    monkeypatch.setenv("LAKE_S3__ENABLED", "true")
    monkeypatch.setenv("LAKE_SEARCH__ENABLED", "true")
    profile.cache_clear()
    ensure_passwords()
    for name in ("LAKE_PORT_OFFSET", "LAKE_S3__ENABLED", "LAKE_SEARCH__ENABLED"):
        monkeypatch.delenv(name)
    profile.cache_clear()
    assert (profile().postgres.port, profile().lake.root) == (16132, "s3a://lake/lake")
    assert profile().search.url == "http://127.0.0.1:19900"
    profile.cache_clear()


def test_a_lake_outside_its_bucket_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_LAKE__ROOT", "s3a://another/lake")
    profile.cache_clear()
    with pytest.raises(ValueError, match=r"s3a://another/lake is not in the bucket lake.*LAKE_S3__BUCKET"):
        profile()


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    (tmp_path / "secret.partial").write_text("left by an interruption")
    write_private(path, "old")
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["secret"]


def test_no_password_stands_on_a_command_line(home: Path) -> None:
    secrets = [line.split("=", 1)[1] for line in (home / "profile.env").read_text().splitlines() if "PORT" not in line]
    words = " ".join(word for service in all_services() for word in service.command())
    assert not [secret for secret in secrets if secret in words]


def test_a_percent_sign_reaches_the_program_as_it_is(home: Path) -> None:
    service = Service(name="example", command=lambda: ["echo", "100%"], check=lambda: None)
    assert "command=echo 100%%\n" in supervisor._configuration([service])


def test_the_supervisors_socket_is_short_enough_in_a_deep_home(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_HOME", str(tmp_path / ("deep" * 20)))
    profile.cache_clear()
    assert len(str(supervisor.socket_path())) < 100


def test_a_service_brings_what_it_needs_and_airflow_means_all_its_programs(home: Path) -> None:
    names = [service.name for service in with_needs(named(["airflow"]))]
    assert names == [
        "postgres",
        "airflow-api-server",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
    ]


def test_an_unknown_service_is_refused_with_the_known_ones(home: Path) -> None:
    with pytest.raises(StackError, match=r"no service oracle; the services are airflow, .*kafka, postgres, spark"):
        named(["oracle"])


def test_airflow_stops_first_and_what_others_need_stops_last(home: Path) -> None:
    first, middle, last = stop_order(all_services())
    assert "airflow-scheduler" in first
    assert "spark" in middle
    assert last == {"postgres"}


def test_a_taken_port_is_named_with_who_has_it_and_what_to_do(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StackError, match=rf"Port {port} of example is used by process \d+ .*LAKE_EXAMPLE__PORT"):
            ports.ensure_free([_program(port=port)])


def test_a_second_spark_server_does_not_get_the_lease(home: Path) -> None:
    command = [sys.executable, "-m", "local_stack.spark_lease"]
    holder = subprocess.Popen([*command, "/bin/sh", "-c", "echo holding; read stop"], text=True, cwd=REPOSITORY,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert holder.stdout is not None and holder.stdout.readline() == "holding\n"
    second = subprocess.run([*command, "/bin/true"], check=False, capture_output=True, text=True, cwd=REPOSITORY)
    assert second.returncode == 1
    assert f"Another Spark server (process {holder.pid}) holds the lease" in second.stderr
    holder.kill()
    holder.wait()
    third = subprocess.run([*command, "/bin/true"], check=False, cwd=REPOSITORY)
    assert third.returncode == 0


def test_the_lock_of_a_dead_postgres_is_forgotten_and_that_of_another_program_too(home: Path) -> None:
    lock = home / "postgres" / "data" / "postmaster.pid"
    lock.parent.mkdir(parents=True)
    # This test's own process lives, but is no Postgres: as after a reboot.
    lock.write_text(f"{os.getpid()}\n/data\n")
    postgres._remove_stale_lock()
    assert not lock.exists()


def test_an_empty_lock_of_postgres_is_forgotten(home: Path) -> None:
    lock = home / "postgres" / "data" / "postmaster.pid"
    lock.parent.mkdir(parents=True)
    lock.touch()
    postgres._remove_stale_lock()
    assert not lock.exists()


def test_a_program_without_a_supervisor_is_found_by_where_it_works(home: Path) -> None:
    supervisor.working_folder().mkdir()
    stray = subprocess.Popen(["sleep", "60"], cwd=supervisor.working_folder())
    other = subprocess.Popen(["sleep", "60"], cwd=home)
    assert [process.pid for process in orphans.find()] == [stray.pid]
    orphans.end(orphans.find())
    assert not psutil.pid_exists(stray.pid)
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_missing_a_short_and_a_strange_jar_make_their_group_incomplete(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hashlib.sha256(b"a whole jar").hexdigest()
    groups = ("whole", "missing", "short", "strange")
    (home / "jars.lock").write_text(json.dumps({group: {"org:name:1": sha256} for group in groups}))
    monkeypatch.setattr(jars, "LOCK", home / "jars.lock")
    monkeypatch.setenv("LAKE_JARS", str(home / "jars"))
    profile.cache_clear()
    for group, content in {"whole": b"a whole jar", "short": b"a whole", "strange": b"a whole jar"}.items():
        jars.folder(group).mkdir(parents=True)
        (jars.folder(group) / "org__name__1.jar").write_bytes(content)
    (jars.folder("strange") / "org__other__1.jar").write_bytes(b"of an older lock")
    assert list(jars.missing()) == ["missing", "short", "strange"]


def test_no_committed_jar_list_names_a_host() -> None:
    for path in (jars.LOCK, jars.WANTED, REPOSITORY / "requirements.lock"):
        assert "://" not in path.read_text()


def test_spark_gets_its_keys_by_a_private_file(home: Path) -> None:
    spark.prepare()
    path = home / "spark" / "conf" / "spark-defaults.conf"
    token = profile().spark.token.get_secret_value()
    assert f"spark.connect.authenticate.token {token}\n" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_env_prints_the_promised_keys(home: Path) -> None:
    printed = json.loads(connections.as_json())
    promised = {
        "lake": {"root"},
        "spark": {"remote"},
        "kafka": {"bootstrap", "user", "password"},
        "clickhouse": {"url", "user", "password", "reader_user", "reader_password"},
        "postgres": {"dsn", "reader_dsn"},
        "airflow": {"url", "user", "password"},
        "search": {"reader_user", "reader_password"},
        "s3": {"endpoint", "access_key", "secret_key", "bucket"},
    }
    assert {section: keys & printed[section].keys() for section, keys in promised.items()} == promised
    assert all(printed[section][key] for section, keys in promised.items() for key in keys)
