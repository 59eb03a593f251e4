"""A lake of a few rows to be searched, written without Spark: turns, workouts, lines of a log, and releases of them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from lake_layout import tables
from lake_layout.contracts import contract
from lake_layout.profile import REPOSITORY
from spark_jobs import storage
from spark_jobs.release import log
from spark_jobs.release.log import Did, Event, Pinned

TURNS, WORKOUTS, LOGS = "ai_coach/conversation_turns", "workouts/workout_sessions", "app_logs/service_logs"
MONDAY, TUESDAY, WEDNESDAY = date(2025, 3, 24), date(2025, 3, 25), date(2025, 3, 26)
_ARROW = {"bigint": pa.int64(), "int": pa.int32(), "date": pa.date32(), "boolean": pa.bool_()}
Row = dict[str, Any]


def command(environment: Mapping[str, str], *arguments: str) -> str:
    """What `lake …` prints."""
    words = [sys.executable, "-m", "lake_cli", *arguments]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Postgres and a search node, up; the variables of their home."""
    home = REPOSITORY / ".lake-test-search"
    ours = {"LAKE_PORT_OFFSET": "1400", "LAKE_SEARCH__ENABLED": "true", "LAKE_S3__ENABLED": "false"}
    environment = {"LAKE_HOME": str(home), **ours}
    command(environment, "down")
    shutil.rmtree(home, ignore_errors=True)
    try:
        command(environment, "up", "postgres", "search")
        yield environment
    finally:
        command(environment, "down")
        shutil.rmtree(home, ignore_errors=True)


def turn(event_id: str, text: str | None, day: date = MONDAY, user: str = "anna", **more: Any) -> Row:
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    told = {"event_id": event_id, "text": text, "event_date": day, "user_id": user, "role": "user", "occurred_at": at}
    return {**told, "conversation_id": "c", "_status": "accepted", **more}


def workout(session: str, notes: str | None, day: date = MONDAY) -> Row:
    at = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    told = {"workout_session_id": session, "notes": notes, "event_date": day, "user_id": "ben", "started_at": at}
    return {**told, "_status": "accepted"}


def line(message: str | None, **more: Any) -> Row:
    at = datetime(2025, 3, 24, 3, tzinfo=UTC)
    told = {"logged_at": at, "level": "ERROR", "service": "api", "message": message, "event_date": MONDAY}
    return {**told, "_status": "accepted", **more}


def put(address: str, *rows: Row, only: date | None = None) -> None:
    """Replace a table's rows, or those of one date."""
    of = contract(address)
    zone = of.zones[-1]
    parts = tables.partition_columns(of, zone)
    columns = [column for column in tables.columns(of, zone) if column.name in {*parts, *rows[0]}]
    types = {column.name: _ARROW.get(column.type, pa.string()) for column in columns}
    types |= {column.name: pa.timestamp("us", "UTC") for column in columns if column.type == "timestamp"}
    write_deltalake(
        str(storage.local_path(tables.path(of, zone))),
        pa.Table.from_pylist(list(rows), schema=pa.schema(list(types.items()))),
        mode="overwrite",
        predicate=f"{parts[-1]} = '{only.isoformat()}'" if only else None,
        partition_by=list(parts),
    )


def release(number: int, at: datetime | None = None) -> None:
    """As the release job decides: the newest versions, shown since now or an instant."""
    pins = []
    for address in (TURNS, WORKOUTS, LOGS):
        of = contract(address)
        path = tables.path(of, of.zones[-1])
        if table := storage.open_table(path):
            named = (address, str(of.zones[-1]), path, str(table.metadata().id), table.version(), 0, None)
            pins.append(Pinned(*named))
    for did in (Did.STAGED, Did.RELEASED, Did.SWITCHED):
        event = Event(did, number, at or log.now(), pins=tuple(pins) if did is Did.STAGED else ())
        log.append(lambda _log, event=event: event)
