"""The embedded ClickHouse: opened once per process, a connection of its own for every session.

settings → access files (two roles, enforced by ClickHouse itself) → chDB on the locked data directory → connections.

chDB has one user; what the reader may see is a *role* of that user, so ClickHouse checks each table, column, table
function and dictionary, in subqueries and in what it evaluates during analysis. A view runs with its owner's
rights (SQL SECURITY DEFINER) and therefore counts as itself.
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from chdb.state.sqlitelike import Connection

from local_stack.clickhouse_gateway.errors import ENGINE_ERRORS, ClickHouseError
from local_stack.clickhouse_gateway.settings import GatewaySettings

_READER_DEFAULTS = {"max_execution_time": "300"}
# 2, not 1: with 1 even a view of the owner's cannot use a table function. `reader_policy` keeps the settings.
_READER_LIMITS = {"max_memory_usage": "4000000000", "readonly": "2"}


def quoted(value: str) -> str:
    """A ClickHouse string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted_name(name: str) -> str:
    """A ClickHouse identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def as_text(content: bytes) -> str:
    """ClickHouse's strings are bytes: what is no UTF-8 survives the way through Python and back."""
    return content.decode(errors="surrogateescape")


def as_bytes(text: str) -> Any:
    """A statement for chDB, whose methods say `str` and take bytes, too."""
    return text.encode(errors="surrogateescape")


def run(connection: Connection, sql: str, output_format: str = "TabSeparated", **parameters: str) -> Any:
    """One statement, its whole result (chDB's result object).

    Raises ClickHouseError.
    """
    try:
        return connection.query(as_bytes(sql), output_format, params=parameters)
    except ENGINE_ERRORS as error:
        raise ClickHouseError.from_engine(error) from None


def text_of(connection: Connection, sql: str) -> str:
    """The bytes of a one-value result, as text without escapes."""
    return as_text(run(connection, sql, "RawBLOB").bytes())


class Engine:
    """chDB on one data directory. Connections are cheap (a millisecond) and run side by side."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Raises BlockingIOError: another process has the data directory open."""
        self._settings = settings
        private = settings.data / "gateway"
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _lock(private / "lock")
        config = _write_access_files(private, settings)
        self._source = f"{settings.data}?config-file={config}"
        try:
            self._control = Connection(self._source)
        finally:
            config.unlink()
        self._control_lock = threading.Lock()
        self.version = text_of(self._control, "SELECT version()")
        self.timezone = text_of(self._control, "SELECT timezone()")

    def connect(self) -> Connection:
        """A connection with all rights."""
        return Connection(str(self._settings.data))

    def connect_reader(self, database: str, settings: dict[str, str]) -> Connection:
        """A connection that may read the reader's databases and can never leave that role by SQL it is given.

        Raises ClickHouseError: no such database for a reader.
        """
        connection = self.connect()
        try:
            run(connection, "SET ROLE reader")
            if database or self._has_database(self._settings.reader_databases[0]):
                run(connection, f"USE {quoted_name(database or self._settings.reader_databases[0])}")
            limits = {**_READER_DEFAULTS, **settings, **_READER_LIMITS}
            run(connection, "SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in limits.items()))
        except ClickHouseError:
            connection.close()
            raise
        return connection

    def cancel_select(self, tag: str) -> None:
        """Stop the running SELECT whose connection carries `tag` as its `log_comment`; a write runs to its end."""
        running = f"query_kind = 'Select' AND Settings['log_comment'] = {quoted(tag)}"
        with self._control_lock:
            run(self._control, f"KILL QUERY WHERE {running} ASYNC")

    def close(self) -> None:
        with self._control_lock:
            self._control.close()
        self._lock.close()

    def _has_database(self, name: str) -> bool:
        with self._control_lock:
            return text_of(self._control, f"EXISTS DATABASE {quoted_name(name)}") == "\x01"


def _lock(path: Path) -> IO[str]:
    """chDB does not notice a second process on its files; the kernel drops this lock with the process."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise
    return lock


def _write_access_files(folder: Path, settings: GatewaySettings) -> Path:
    """`users.xml` (roles) and `config.xml`, which may hold object-storage keys and is removed once read."""
    users = ElementTree.Element("clickhouse")
    ElementTree.SubElement(ElementTree.SubElement(users, "quotas"), "default")
    profile = ElementTree.SubElement(ElementTree.SubElement(users, "profiles"), "default")
    ElementTree.SubElement(profile, "default_normal_view_sql_security").text = "DEFINER"
    roles = ElementTree.SubElement(users, "roles")
    _grants(roles, "owner", ["GRANT ALL ON *.* WITH GRANT OPTION"])
    _grants(roles, "reader", [f"GRANT SELECT, SHOW ON {name}.*" for name in settings.reader_databases])
    user = _grants(ElementTree.SubElement(users, "users"), "default", ["GRANT owner, reader"])
    ElementTree.SubElement(user, "no_password")
    ElementTree.SubElement(ElementTree.SubElement(user, "networks"), "ip").text = "127.0.0.1"
    for name in ("profile", "quota"):
        ElementTree.SubElement(user, name).text = "default"

    config = ElementTree.Element("clickhouse")
    ElementTree.SubElement(config, "users_config").text = str(folder / "users.xml")
    # A view without a SQL SECURITY clause gets the profile's default instead of the caller's rights.
    ElementTree.SubElement(config, "ignore_empty_sql_security_in_create_view_query").text = "false"
    if storage := settings.object_storage:
        keys = ElementTree.SubElement(ElementTree.SubElement(config, "named_collections"), storage.collection)
        ElementTree.SubElement(keys, "url").text = storage.url
        ElementTree.SubElement(keys, "access_key_id").text = storage.access_key
        ElementTree.SubElement(keys, "secret_access_key").text = storage.secret_key

    for name, document in (("users.xml", users), ("config.xml", config)):
        with open(folder / name, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            ElementTree.ElementTree(document).write(file)
    return folder / "config.xml"


def _grants(parent: ElementTree.Element, name: str, statements: list[str]) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    grants = ElementTree.SubElement(element, "grants")
    for statement in statements:
        ElementTree.SubElement(grants, "query").text = statement
    return element
