"""The HTTP side: routes, who may come in, and the way of a statement through the gateway.

request → identity → `QueryRequest` → `Execution` in a worker thread → `AnswerResponse`. A client that goes away
takes its running SELECT with it.
"""

import math
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, create_task_group, to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local_stack.clickhouse_gateway.errors import SYNTAX_ERROR, ClickHouseError
from local_stack.clickhouse_gateway.execution import Answer, Execution
from local_stack.clickhouse_gateway.identities import Identities, Identity
from local_stack.clickhouse_gateway.query_log import log_statement
from local_stack.clickhouse_gateway.requests import QueryRequest, credentials_of, read_request
from local_stack.clickhouse_gateway.responses import AnswerResponse, error_response
from local_stack.clickhouse_gateway.settings import GatewaySettings

_STATEMENTS_AT_ONCE = 16
_BODY_LIMIT_BYTES = {Identity.OWNER: math.inf, Identity.READER: 1 << 20}


class Gateway:
    """The handlers. Owner and reader have threads of their own: a full build never keeps a reader waiting."""

    def __init__(self, settings: GatewaySettings, execution: Execution) -> None:
        self._identities = Identities(settings)
        self._execution = execution
        self._threads = {identity: CapacityLimiter(_STATEMENTS_AT_ONCE) for identity in Identity}

    async def query(self, request: Request) -> Response:
        if request.method == "GET" and not request.query_params:
            return PlainTextResponse("Ok.\n")
        user, password = credentials_of(request)
        statement: QueryRequest | None = None
        started = time.monotonic()
        try:
            identity = self._identities.identify(user, password)
            statement = await read_request(request, _BODY_LIMIT_BYTES[identity])
            if not statement.text:
                raise ClickHouseError(SYNTAX_ERROR, "Syntax error: Empty query.")
            answer = await self._run(identity, statement, request)
        except ClickHouseError as error:
            log_statement(user, _milliseconds_since(started), statement.text if statement else "", error)
            return error_response(error, request)
        except ClientDisconnect:
            # Nobody is left to answer; what was sent so far was not a whole statement, so nothing ran.
            return Response(status_code=400)
        milliseconds = _milliseconds_since(started)
        log_statement(user, milliseconds, statement.text)
        return AnswerResponse(answer, statement, self._execution.timezone, milliseconds)

    async def _run(self, identity: Identity, statement: QueryRequest, request: Request) -> Answer:
        """Raises ClickHouseError."""
        tag = str(uuid.uuid4())
        run = self._execution.run_as_owner if identity is Identity.OWNER else self._execution.run_as_reader
        outcome: Answer | ClickHouseError

        async def cancel_when_client_leaves() -> None:
            # The body has been read: the next message can only be the disconnection.
            await request.receive()
            await to_thread.run_sync(self._execution.cancel_select, tag)

        async with create_task_group() as tasks:
            tasks.start_soon(cancel_when_client_leaves)
            try:
                outcome = await to_thread.run_sync(run, statement, tag, limiter=self._threads[identity])
            except ClickHouseError as error:
                outcome = error
            tasks.cancel_scope.cancel()
        if isinstance(outcome, ClickHouseError):
            raise outcome
        return outcome


def application(settings: GatewaySettings, execution: Execution) -> Starlette:
    gateway = Gateway(settings, execution)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await to_thread.run_sync(execution.close)

    return Starlette(
        routes=[
            Route("/ping", _ping, methods=["GET"]),
            Route("/", gateway.query, methods=["GET", "POST"]),
        ],
        lifespan=lifespan,
    )


async def _ping(_request: Request) -> Response:
    return PlainTextResponse("Ok.\n")


def _milliseconds_since(started: float) -> float:
    return (time.monotonic() - started) * 1000
