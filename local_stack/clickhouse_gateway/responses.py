"""Answers and errors as ClickHouse's HTTP interface writes them.

`Answer` → headers, content encoding → body; an error after the first byte ends the body with ClickHouse's
exception block and an unfinished transfer, so that no client takes a part for the whole.
"""

import json
import secrets
from collections.abc import AsyncIterator, Iterator

from anyio import CancelScope, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from local_stack.clickhouse_gateway.compression import choose_encoding, compressed
from local_stack.clickhouse_gateway.engine import as_bytes
from local_stack.clickhouse_gateway.errors import ClickHouseError
from local_stack.clickhouse_gateway.execution import Answer
from local_stack.clickhouse_gateway.query_log import LOG, without_secrets
from local_stack.clickhouse_gateway.requests import QueryRequest, query_id_of

_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Parquet": "application/vnd.apache.parquet",
    "Arrow": "application/vnd.apache.arrow.file",
    "ArrowStream": "application/vnd.apache.arrow.stream",
}
_PIECE_BYTES = 1 << 20


class AnswerResponse(StreamingResponse):
    """Reads the answer in a worker thread, piece by piece, and always closes it."""

    def __init__(self, answer: Answer, request: QueryRequest, timezone: str, milliseconds: float) -> None:
        self._answer = answer
        self._is_complete = True
        tag = secrets.token_hex(8)
        summary = {**answer.summary, "elapsed_ns": int(milliseconds * 1_000_000)}
        headers = {
            "X-ClickHouse-Query-Id": request.query_id,
            "X-ClickHouse-Timezone": timezone,
            "X-ClickHouse-Server-Display-Name": "clickhouse-gateway",
            "X-ClickHouse-Exception-Tag": tag,
            "X-ClickHouse-Summary": json.dumps({name: str(value) for name, value in summary.items()}),
        }
        if answer.output_format:
            headers["X-ClickHouse-Format"] = answer.output_format
        pieces = self._pieces(tag, request)
        if encoding := choose_encoding(request.accept_encoding):
            headers["Content-Encoding"] = encoding
            pieces = compressed(pieces, encoding)
        content_type = _CONTENT_TYPES.get(answer.output_format or "TSV", "application/octet-stream")
        super().__init__(_in_threads(pieces), headers=headers, media_type=content_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Also when the client left half way; closing twice does nothing.
            with CancelScope(shield=True):
                await to_thread.run_sync(self._answer.close)

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self.body_iterator:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        # A client may send its session's next statement as soon as it has the last byte.
        await to_thread.run_sync(self._answer.close)
        if self._is_complete:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _pieces(self, tag: str, request: QueryRequest) -> Iterator[bytes]:
        try:
            for chunk in self._answer.chunks:
                # A whole buffered result may be large: the compressor and the socket get it in pieces.
                for start in range(0, len(chunk), _PIECE_BYTES):
                    yield chunk[start : start + _PIECE_BYTES]
        except ClickHouseError as error:
            self._is_complete = False
            LOG.warning("%s: the answer ends with an error: %s", request.query_id, without_secrets(str(error)))
            message = as_bytes(f"{error}\n")
            yield b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (
                tag.encode(),
                message,
                len(message),
                tag.encode(),
            )


def error_response(error: ClickHouseError, request: Request) -> PlainTextResponse:
    headers = {"X-ClickHouse-Exception-Code": str(error.code), "X-ClickHouse-Query-Id": query_id_of(request)}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
    return PlainTextResponse(as_bytes(f"{error}\n"), status_code=error.status, headers=headers)


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await to_thread.run_sync(next, pieces, None)) is not None:
        yield piece
