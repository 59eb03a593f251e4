"""Sessions: one ClickHouse connection for each session id, so that SET and temporary tables stay inside it.

session id → connection, used by one statement at a time, closed when idle too long. Settings and the
database that come with a request hold for that request only, as in ClickHouse.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chdb.state.sqlitelike import Connection

from local_stack.clickhouse_gateway.engine import quoted, quoted_name, run, text_of
from local_stack.clickhouse_gateway.errors import (
    BAD_REQUEST_PARAMETER,
    SESSION_IS_LOCKED,
    SESSION_NOT_FOUND,
    ClickHouseError,
)

DEFAULT_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS = 60, 3600
_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Session:
    """A connection and what requests have laid over it: `own_*` is what to go back to."""

    connection: Connection
    is_lasting: bool = False
    own_settings: dict[str, str] = field(default_factory=dict)
    own_database: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    used_at: float = field(default_factory=time.monotonic)

    def prepare(self, database: str, settings: dict[str, str]) -> None:
        """Lay a request's settings and database over the session's own, and take the last request's away.

        Raises ClickHouseError: an unknown setting, value or database.
        """
        for name in settings:
            if not _SETTING_NAME.fullmatch(name):
                raise ClickHouseError(BAD_REQUEST_PARAMETER, f"Not a setting: {name!r}.")
        if self.is_lasting:
            self._restore([name for name in self.own_settings if name not in settings])
            self._remember([name for name in settings if name not in self.own_settings])
        if settings:
            assignments = ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())
            run(self.connection, f"SET {assignments}")
        self._use(database)

    def keep_database(self) -> None:
        """After a USE of the client's own: that database is the session's now."""
        self.own_database = None

    def _use(self, database: str) -> None:
        if database:
            if self.is_lasting and self.own_database is None:
                self.own_database = text_of(self.connection, "SELECT currentDatabase()")
            run(self.connection, f"USE {quoted_name(database)}")
        elif self.own_database is not None:
            run(self.connection, f"USE {quoted_name(self.own_database)}")
            self.own_database = None

    def _remember(self, names: list[str]) -> None:
        if not names:
            return
        rows = run(
            self.connection,
            f"SELECT name, value FROM system.settings WHERE changed AND name IN ({', '.join(map(quoted, names))})",
            "TabSeparatedRaw",
        )
        changed = dict(row.split("\t", 1) for row in rows.bytes().decode().splitlines())
        # ClickHouse shows a computed value, such as 'auto(2)', as a literal already.
        literals = {name: value if value.startswith("'") else quoted(value) for name, value in changed.items()}
        self.own_settings |= {name: literals.get(name, "DEFAULT") for name in names}

    def _restore(self, names: list[str]) -> None:
        for name in names:
            run(self.connection, f"SET {name} = {self.own_settings.pop(name)}")


class Sessions:
    """The lasting sessions of the owner."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def acquire(self, session_id: str, timeout_seconds: float | None, must_exist: bool) -> Session:
        """The session, locked for the caller; an empty id is a session that ends with its release.

        Raises ClickHouseError: the session runs another statement, or must exist and does not.
        """
        if not session_id:
            session = Session(self._connect())
            session.lock.acquire()
            return session
        with self._lock:
            self._close_idle()
            if session_id not in self._sessions:
                if must_exist:
                    raise ClickHouseError(SESSION_NOT_FOUND, f"Session {session_id} not found.")
                self._sessions[session_id] = Session(self._connect(), is_lasting=True)
            session = self._sessions[session_id]
            if not session.lock.acquire(blocking=False):
                raise ClickHouseError(SESSION_IS_LOCKED, f"Session {session_id} is locked by a concurrent client.")
        if timeout_seconds is not None:
            session.timeout_seconds = min(timeout_seconds, LONGEST_TIMEOUT_SECONDS)
        return session

    def release(self, session: Session) -> None:
        session.used_at = time.monotonic()
        if not session.is_lasting:
            session.connection.close()
        session.lock.release()

    def close_all(self) -> None:
        with self._lock:
            for session in self._sessions.values():
                session.connection.close()
            self._sessions.clear()

    def _close_idle(self) -> None:
        now = time.monotonic()
        for session_id, session in list(self._sessions.items()):
            if now - session.used_at > session.timeout_seconds and session.lock.acquire(blocking=False):
                del self._sessions[session_id]
                session.connection.close()
