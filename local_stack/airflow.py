"""The four programs of Airflow, with its metadata in Postgres and this repository's `dags/`.

airflow.cfg (private: database, keys) → `airflow db migrate` once for each version, pools → API server, scheduler,
DAG processor, triggerer; each is ready when Airflow's own health page says so.
"""

import configparser
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from lake_layout.profile import REPOSITORY, lake_environment, profile
from local_stack import loopback, supervisor
from local_stack.service import NotReady, Service, StackError, write_private

# The name that the health page has for each program.
_COMPONENTS = {
    "airflow-api-server": "metadatabase",
    "airflow-scheduler": "scheduler",
    "airflow-dag-processor": "dag_processor",
    "airflow-triggerer": "triggerer",
}
_EXTRA_ARGUMENTS = {"scheduler": ["--skip-serve-logs"], "triggerer": ["--skip-serve-logs"]}
_preparing = threading.Lock()


def services() -> list[Service]:
    return [_service(name) for name in _COMPONENTS]


def _service(name: str) -> Service:
    program = name.removeprefix("airflow-")
    return Service(
        name=name,
        command=lambda: [*_airflow(), program, *_EXTRA_ARGUMENTS.get(program, [])],
        ports={"airflow.port": profile().airflow.port} if program == "api-server" else {},
        needs=("postgres",),
        prepare=prepare,
        check=partial(check, name),
        environment=_environment,
    )


def folder() -> Path:
    """AIRFLOW_HOME."""
    return profile().home / "airflow"


def _airflow() -> list[str]:
    return [str(Path(sys.executable).parent / "airflow")]


def _environment() -> dict[str, str]:
    """Also for the tasks, which must not tell the world what they do."""
    return {"AIRFLOW_HOME": str(folder()), "GX_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}


def prepare() -> None:
    """Write the configuration and bring the metadata database to this version's schema."""
    with _preparing:
        settings = profile().airflow
        write_private(folder() / "airflow.cfg", _configuration())
        passwords = {settings.user: settings.password.get_secret_value()}
        write_private(folder() / "passwords.json", json.dumps(passwords))
        _initialise_database()


def _initialise_database() -> None:
    """Migrate, then make the pools: a task whose pool is missing would wait for ever."""
    done = folder() / "initialised"
    pools = REPOSITORY / "dags" / "pools.json"
    if done.exists() and done.read_text() == f"{_schema()} {pools.read_text()}":
        return
    _run("db", "migrate")
    _run("pools", "import", str(pools))
    done.write_text(f"{_schema()} {pools.read_text()}")


def _run(*arguments: str) -> None:
    """One command of Airflow's own; its output goes to a log."""
    environment = {**os.environ, **lake_environment(), **_environment()}
    command = [*_airflow(), *arguments]
    place = supervisor.working_folder()
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=place)
    log = supervisor.log_file(f"airflow-{arguments[0]}")
    log.write_text(result.stdout + result.stderr)
    if result.returncode != 0:
        raise StackError(f"`airflow {' '.join(arguments[:2])}` failed; see {log}")


def _schema() -> str:
    """Airflow's version and the schema that its database has, empty for a new database."""
    with psycopg.connect(profile().postgres_dsn(profile().postgres.airflow_database)) as connection:
        found = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
        if found != (True,):
            return ""
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return f"{version('apache-airflow')} {row}"


def _configuration() -> str:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_dict({**_core(), **_api(), **_loops()})
    text = io.StringIO()
    parser.write(text)
    # Airflow reads its file with interpolation.
    return text.getvalue().replace("%", "%%")


def _core() -> dict[str, dict[str, object]]:
    settings = profile()
    dsn = settings.postgres_dsn(settings.postgres.airflow_database).removeprefix("postgresql")
    return {
        "core": {
            "dags_folder": REPOSITORY / "dags",
            "plugins_folder": REPOSITORY / "dags" / "plugins",
            "executor": "LocalExecutor",
            "parallelism": 4,
            "load_examples": False,
            "dags_are_paused_at_creation": False,
            "fernet_key": settings.airflow.fernet_key.get_secret_value(),
            "simple_auth_manager_users": f"{settings.airflow.user}:admin",
            "simple_auth_manager_passwords_file": folder() / "passwords.json",
            "execution_api_server_url": f"{settings.airflow_url}/execution/",
            "hostname_callable": "socket.gethostname",
        },
        "database": {
            "sql_alchemy_conn": f"postgresql+psycopg2{dsn}",
            "sql_alchemy_conn_async": f"postgresql+psycopg{dsn}",
            "load_default_connections": False,
        },
        "logging": {
            "base_log_folder": settings.home / "logs" / "airflow",
            "dag_processor_child_process_log_directory": settings.home / "logs" / "airflow" / "dag_processor",
            "dag_processor_log_target": "stdout",
            "colored_console_log": False,
        },
        "usage_data_collection": {"enabled": False},
    }


def _api() -> dict[str, dict[str, object]]:
    settings = profile().airflow
    jwt_secret = settings.jwt_secret.get_secret_value()
    return {
        "api": {
            "host": profile().listen_address,
            "port": settings.port,
            "base_url": profile().airflow_url,
            "workers": 1,
            "secret_key": hashlib.sha256(f"session {jwt_secret}".encode()).hexdigest(),
            "instance_name": "Fitness lakehouse",
        },
        "api_auth": {"jwt_secret": jwt_secret},
    }


def _loops() -> dict[str, dict[str, object]]:
    """Calmer than the defaults: an idle laptop should be idle. A changed DAG file is still parsed at once.

    A task that died with its scheduler is tried again after one and a half minutes instead of five.
    """
    return {
        "scheduler": {
            "job_heartbeat_sec": 10,
            "pool_metrics_interval": 60,
            "task_instance_heartbeat_timeout": 90,
            "orphaned_tasks_check_interval": 30,
        },
        "triggerer": {"job_heartbeat_sec": 10, "capacity": 100},
        # An API server that starts anew is waited for; by default a task that misses it for 40 seconds is ended.
        "workers": {"execution_api_retries": 30, "execution_api_retry_wait_max": 5},
        "dag_processor": {
            "refresh_interval": 30,
            "parsing_processes": 1,
            "min_file_process_interval": 600,
            "print_stats_interval": 600,
        },
    }


def check(name: str) -> None:
    """Ready: the health page knows a heartbeat that is newer than the program's start."""
    health = check_health(name)
    heartbeat = next((value for key, value in health.items() if key.startswith("latest_")), None)
    if heartbeat and datetime.fromisoformat(heartbeat).timestamp() < supervisor.states()[name]["start"]:
        raise NotReady("no heartbeat since its start")


def check_health(name: str) -> dict[str, Any]:
    """What the health page says of one program.

    Raises NotReady: it does not call it healthy.
    """
    health = _health()[_COMPONENTS[name]]
    if health["status"] != "healthy":
        raise NotReady(f"Airflow calls it {health['status']}")
    return health


def _health() -> dict[str, dict[str, Any]]:
    answer: dict[str, dict[str, Any]] = json.loads(loopback.get(f"{profile().airflow_url}/api/v2/monitor/health"))
    return answer
