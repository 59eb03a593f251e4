"""What one HTTP request asks for: credentials, statement, data, settings — read as ClickHouse reads them.

URL parameters + headers + body (decompressed while it arrives, kept on disk when large) → `QueryRequest`.
"""

import base64
import binascii
import io
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from starlette.datastructures import UploadFile
from starlette.requests import Request

from local_stack.clickhouse_gateway.compression import Decompression
from local_stack.clickhouse_gateway.engine import as_text
from local_stack.clickhouse_gateway.errors import (
    BAD_REQUEST_PARAMETER,
    NOT_IMPLEMENTED,
    QUERY_IS_TOO_LARGE,
    ClickHouseError,
)
from local_stack.clickhouse_gateway.statements import InsertHead, split_insert

_HEAD_BYTES = 1 << 20
_BODY_BYTES_IN_MEMORY = 16 << 20
# Parameters of the HTTP interface itself; every other parameter is a setting.
_INTERFACE_PARAMETERS = set(
    str.split(
        """
    query database default_format user password quota_key session_id session_timeout session_check
    close_session query_id compress decompress buffer_size wait_end_of_query role client_protocol_version
    stacktrace log_comment send_progress_in_http_headers http_headers_progress_interval_ms
    enable_http_compression cancel_http_readonly_queries_on_client_close network_compression_method
    http_zlib_compression_level
    """
    )
)


@dataclass(frozen=True)
class QueryRequest:
    """One statement to run. `insert` and `data` belong together: the head of an INSERT and the rows for it."""

    text: str
    database: str
    output_format: str
    settings: dict[str, str]
    parameters: dict[str, str]
    query_id: str
    session_id: str
    session_timeout: float | None
    session_must_exist: bool
    is_buffered: bool
    accept_encoding: str
    insert: InsertHead | None = None
    data: IO[bytes] | None = field(default=None, repr=False)


def credentials_of(request: Request) -> tuple[str, str]:
    """User and password, from the ClickHouse headers, Basic authentication or the URL, in this order."""
    headers, parameters = request.headers, request.query_params
    if "x-clickhouse-user" in headers:
        return headers["x-clickhouse-user"], headers.get("x-clickhouse-key", "")
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    return parameters.get("user", ""), parameters.get("password", "")


def query_id_of(request: Request) -> str:
    """The client's, where it can stand in a header, or a new one."""
    given = request.query_params.get("query_id", "")
    return given if given and given.isascii() and given.isprintable() else str(uuid.uuid4())


async def read_request(request: Request, limit_bytes: float) -> QueryRequest:
    """Raises ClickHouseError: a parameter or the body cannot be understood."""
    form = await _form_fields(request)
    parameters = {**request.query_params, **form}
    if parameters.get("compress") == "1" or parameters.get("decompress") == "1":
        raise ClickHouseError(
            NOT_IMPLEMENTED, "compress=1 and decompress=1 are not spoken here: use Content-Encoding / Accept-Encoding."
        )
    query = parameters.get("query", "").encode()
    body: IO[bytes] = tempfile.SpooledTemporaryFile() if form else await _spool(request, limit_bytes)  # noqa: SIM115
    text, insert, data = _statement_and_data(query, body)
    headers = request.headers
    accept_encoding = headers.get("accept-encoding", "") if parameters.get("enable_http_compression") == "1" else ""
    return QueryRequest(
        text=text,
        insert=insert,
        data=data,
        database=parameters.get("database") or headers.get("x-clickhouse-database", ""),
        output_format=headers.get("x-clickhouse-format") or parameters.get("default_format") or "TabSeparated",
        settings={k: v for k, v in parameters.items() if k not in _INTERFACE_PARAMETERS and not k.startswith("param_")},
        parameters={k.removeprefix("param_"): v for k, v in parameters.items() if k.startswith("param_")},
        query_id=query_id_of(request),
        session_id=parameters.get("session_id", ""),
        session_timeout=_seconds(parameters),
        session_must_exist=parameters.get("session_check") == "1",
        is_buffered=parameters.get("wait_end_of_query") == "1",
        accept_encoding=accept_encoding,
    )


def _seconds(parameters: Mapping[str, str]) -> float | None:
    value = parameters.get("session_timeout")
    if value is None:
        return None
    if not value.isdecimal():
        raise ClickHouseError(BAD_REQUEST_PARAMETER, f"Invalid session timeout: '{value}'.")
    return float(value)


async def _form_fields(request: Request) -> dict[str, str]:
    """The text fields of a multipart form. External tables, its file fields, are refused."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return {}
    async with request.form() as form:
        if any(isinstance(value, UploadFile) for value in form.values()):
            raise ClickHouseError(NOT_IMPLEMENTED, "External tables are not supported: insert into a temporary table.")
        return {name: str(value) for name, value in form.items()}


async def _spool(request: Request, limit_bytes: float) -> IO[bytes]:
    """The decompressed body, at its beginning."""
    decompression = Decompression(request.headers.get("content-encoding", ""))
    body = tempfile.SpooledTemporaryFile(max_size=_BODY_BYTES_IN_MEMORY)  # noqa: SIM115
    async for chunk in request.stream():
        body.write(decompression.feed(chunk))
        if body.tell() > limit_bytes:
            raise ClickHouseError(QUERY_IS_TOO_LARGE, f"The request body has more than {limit_bytes} bytes.")
    decompression.finish()
    body.seek(0)
    return body


def _statement_and_data(query: bytes, body: IO[bytes]) -> tuple[str, InsertHead | None, IO[bytes] | None]:
    """The URL's query and the body are one text; an INSERT's rows in a named format stay bytes."""
    prefix = query + b"\n" if query else b""
    head = prefix + body.read(_HEAD_BYTES)
    if insert := split_insert(head):
        body.seek(max(insert.data_offset - len(prefix), 0))
        if rows_in_query := prefix[insert.data_offset :].strip():
            body = io.BytesIO(rows_in_query + b"\n" + body.read())
        return insert.text, insert, body
    return as_text(head + body.read()).strip(), None, None
