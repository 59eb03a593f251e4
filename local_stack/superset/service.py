"""Superset as a service of the stack, in homes where `lake bi` switched it on.

`assets/` → its metadata in a database of the stack's Postgres → gunicorn on 127.0.0.1.
"""

import hashlib
import os
import subprocess
from urllib.parse import quote

import psycopg
from psycopg import sql

from lake_layout.profile import REPOSITORY, profile
from local_stack import clickhouse, loopback, postgres, supervisor
from local_stack.service import NotReady, Service, StackError
from local_stack.superset import ROOM

# Made by set-up from `requirements.lock` beside this file.
_PROGRAMS = REPOSITORY / ".lake" / "bi" / "bin"
_THREADS = 8
_IN_CLICKHOUSE = "SELECT table, name, type, comment FROM system.columns WHERE database = 'marts' ORDER BY ALL"
_IN_POSTGRES = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = 'reporting' ORDER BY 1, 2"
)


def service() -> Service:
    return Service(
        name="superset",
        command=_command,
        ports={"superset.port": profile().superset.port},
        needs=("postgres", "clickhouse"),
        prepare=prepare,
        check=check,
        environment=_environment,
    )


def _command() -> list[str]:
    address = f"{profile().listen_address}:{profile().superset.port}"
    threads, seconds = f"--threads={_THREADS}", f"--timeout={profile().timeouts.sql_statement}"
    options = ["--bind", address, "--worker-class=gthread", threads, seconds, "--no-control-socket"]
    return [str(_PROGRAMS / "gunicorn"), *options, "superset.app:create_app()"]


def _environment() -> dict[str, str]:
    return {"SUPERSET_CONFIG_PATH": str(ROOM / "configuration.py"), "SUPERSET_HOME": str(profile().home / "superset")}


def check() -> None:
    if loopback.get(f"{profile().superset_url}/health").strip() != b"OK":
        raise NotReady("it answers, but not that it is healthy")


def need_marts() -> None:
    """Raises StackError: a warehouse does not answer or has no release yet, or Superset is not installed."""
    try:
        for warehouse in (postgres, clickhouse):
            warehouse.check()
        _ask_clickhouse("SELECT release_id FROM marts.release")
    except NotReady as error:
        raise StackError(
            f"Superset shows the marts, and there are none to read ({error}): "
            "`make demo` brings the stack up and fills them; `lake up` starts a stack that was filled before."
        ) from error
    _need_programs()


def _need_programs() -> None:
    if not (_PROGRAMS / "gunicorn").exists():
        raise StackError("Superset is not installed: run `make bi`.")


def prepare() -> None:
    """Bring its database to what this repository says, unless it was brought there before."""
    _need_programs()
    wanted = _digest()
    if _made_from() != wanted:
        _initialise()
        database = sql.Identifier(profile().postgres.superset_database)
        with psycopg.connect(profile().postgres_dsn("postgres")) as connection:
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(wanted)))


def is_current() -> bool:
    """Whether its database was made from what there is now."""
    return _made_from() == _digest()


def _made_from() -> str | None:
    """It stands as a comment on the database itself, so a new database has none."""
    asked = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with psycopg.connect(profile().postgres_dsn("postgres")) as connection:
        found = connection.execute(asked, [profile().postgres.superset_database]).fetchone()
    return found[0] if found else None


def _digest() -> str:
    """Of all that the database is made from: code, versions, assets, login and the columns of the marts."""
    settings = profile().superset
    files = sorted(path for path in ROOM.rglob("*") if path.suffix in (".py", ".lock", ".yaml"))
    secrets = [settings.password.get_secret_value(), settings.secret_key.get_secret_value()]
    with psycopg.connect(profile().postgres_dsn(profile().postgres.warehouse_database, reader=True)) as reader:
        columns = [repr(reader.execute(_IN_POSTGRES).fetchall()).encode(), _ask_clickhouse(_IN_CLICKHOUSE)]
    parts = [*(path.read_bytes() for path in files), *columns, *(secret.encode() for secret in secrets)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _ask_clickhouse(query: str) -> bytes:
    """As the reader."""
    settings = profile().clickhouse
    login = {
        "X-ClickHouse-User": settings.reader_user,
        "X-ClickHouse-Key": settings.reader_password.get_secret_value(),
    }
    return loopback.get(f"{profile().clickhouse_url}/?query={quote(query)}", login)


def _initialise() -> None:
    """In Superset's own environment; what it prints goes to a log."""
    environment = {**os.environ, **supervisor.environment_of(service())}
    command = [str(_PROGRAMS / "python"), "-m", "local_stack.superset.initialise"]
    log = supervisor.log_file("superset-initialise")
    with log.open("w") as output:
        place = supervisor.working_folder()
        done = subprocess.run(command, check=False, env=environment, cwd=place, stdout=output, stderr=output)
    if done.returncode != 0:
        raise StackError(f"Superset's database could not be made; see {log}")
