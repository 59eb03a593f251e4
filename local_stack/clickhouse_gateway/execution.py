"""Runs one request on a connection of its own and gives the answer, in pieces when it may be large.

`QueryRequest` + identity → session (owner) or fresh read-only connection and policy (reader) → chDB → `Answer`.
"""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from chdb.state.sqlitelike import Connection

from local_stack.clickhouse_gateway.engine import Engine, as_bytes, quoted, run
from local_stack.clickhouse_gateway.errors import BAD_REQUEST_PARAMETER, ENGINE_ERRORS, READONLY, ClickHouseError
from local_stack.clickhouse_gateway.reader_policy import ReaderPolicy, check_settings
from local_stack.clickhouse_gateway.requests import QueryRequest
from local_stack.clickhouse_gateway.sessions import Sessions
from local_stack.clickhouse_gateway.settings import GatewaySettings
from local_stack.clickhouse_gateway.statements import InsertHead, Statement, parse, parse_leniently

_INSERT_CHUNK_BYTES = 1 << 20
# chDB writes every block as a document of its own: only formats without a frame around all rows can be joined.
_JOINABLE_FORMATS = {"Native", "RowBinary", "JSONEachRow", "JSONCompactEachRow", "TabSeparated", "TSV", "CSV"}


@dataclass
class Answer:
    """`chunks` runs the rest of the statement; `close` must follow, whether they were all read or not."""

    output_format: str | None
    chunks: Iterator[bytes]
    summary: dict[str, int] = field(default_factory=dict)
    _cleanup: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Stop what still runs and free the connection; a second call does nothing."""
        self._cleanup.close()


class Execution:
    """Thread-safe: every statement has a connection to itself."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Raises BlockingIOError: another process has the data directory open."""
        self._engine = Engine(settings)
        self.timezone = self._engine.timezone
        self._sessions = Sessions(self._engine.connect)
        connection = self._engine.connect()
        self._policy = ReaderPolicy(connection)
        connection.close()

    def run_as_owner(self, request: QueryRequest, tag: str) -> Answer:
        """Raises ClickHouseError."""
        session = self._sessions.acquire(request.session_id, request.session_timeout, request.session_must_exist)
        with ExitStack() as cleanup:
            cleanup.callback(self._sessions.release, session)
            session.prepare(request.database, {**request.settings, "log_comment": tag})
            if request.insert and request.data:
                return _insert(session.connection, request, request.insert)
            statement = parse_leniently(session.connection, request.text)
            answer = _answer(session.connection, request, statement, cleanup)
            if statement.kind == "UseQuery":
                session.keep_database()
            return answer

    def run_as_reader(self, request: QueryRequest, tag: str) -> Answer:
        """Raises ClickHouseError. A reader has no session: nothing it may send leaves anything behind."""
        check_settings(request.settings)
        # `default` is what drivers name when their user named none.
        database = "" if request.database == "default" else request.database
        connection = self._engine.connect_reader(database, {**request.settings, "log_comment": tag})
        with ExitStack() as cleanup:
            cleanup.callback(connection.close)
            if request.insert:
                raise ClickHouseError(READONLY, "Cannot execute query in readonly mode: INSERT is not for readers.")
            statement = self._policy.check(connection, parse(connection, request.text), request.parameters)
            return _answer(connection, request, statement, cleanup)

    def cancel_select(self, tag: str) -> None:
        """Stop the SELECT that runs under this tag, if one still does."""
        self._engine.cancel_select(tag)

    def close(self) -> None:
        self._sessions.close_all()
        self._engine.close()


def _answer(connection: Connection, request: QueryRequest, statement: Statement, cleanup: ExitStack) -> Answer:
    """An answer that is all here needs its connection no longer; a streamed one takes the clean-up along."""
    output_format = statement.output_format or request.output_format
    if not request.is_buffered and output_format in _JOINABLE_FORMATS and statement.is_plain_select:
        return _streamed(connection, request, statement, output_format, cleanup)
    result = run(connection, statement.text, request.output_format, **request.parameters)
    content = result.bytes()
    summary = {
        "read_rows": result.storage_rows_read(),
        "read_bytes": result.storage_bytes_read(),
        "written_rows": result.rows_written(),
        "written_bytes": result.bytes_written(),
        "result_rows": result.rows_read(),
        "result_bytes": len(content),
    }
    return Answer(output_format if content or statement.is_read else None, iter([content]), summary)


def _streamed(
    connection: Connection, request: QueryRequest, statement: Statement, output_format: str, cleanup: ExitStack
) -> Answer:
    """Block by block. The first one is read here, so that most errors still come before the answer begins."""
    try:
        stream = connection.send_query(as_bytes(statement.text), request.output_format, params=request.parameters)
    except ENGINE_ERRORS as error:
        raise ClickHouseError.from_engine(error) from None

    cleanup.callback(stream.close)

    def chunks() -> Iterator[bytes]:
        try:
            for block in stream:
                yield block.bytes()
        except ENGINE_ERRORS as error:
            raise ClickHouseError.from_engine(error) from None

    rest = chunks()
    first = next(rest, b"")
    return Answer(output_format, itertools.chain([first], rest), _cleanup=cleanup.pop_all())


def _insert(connection: Connection, request: QueryRequest, head: InsertHead) -> Answer:
    for name, value in request.parameters.items():
        if not name.isidentifier():
            raise ClickHouseError(BAD_REQUEST_PARAMETER, f"Not a parameter: {name!r}.")
        run(connection, f"SET param_{name} = {quoted(value)}")
    try:
        with connection.send_insert(as_bytes(head.text), head.input_format) as insert:
            while request.data and (chunk := request.data.read(_INSERT_CHUNK_BYTES)):
                insert.append(chunk)
            result = insert.finish()
    except ENGINE_ERRORS as error:
        raise ClickHouseError.from_engine(error) from None
    rows, size = result.rows_written, result.bytes_written
    return Answer(None, iter(()), {"read_rows": rows, "read_bytes": size, "written_rows": rows, "written_bytes": size})
