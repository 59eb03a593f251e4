"""Serves one gateway until it is told to stop (SIGTERM, SIGINT)."""

import logging
import os

import uvicorn

from local_stack.clickhouse_gateway.settings import GatewaySettings

_SECONDS_FOR_OPEN_ANSWERS = 5


def serve(settings: GatewaySettings) -> None:
    """Raises SystemExit: the data directory is in use, or the port."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chdir(settings.working_directory)
    # A DateTime without a zone means UTC, wherever the machine stands. chDB looks once, when it is imported.
    os.environ["TZ"] = "UTC"
    from local_stack.clickhouse_gateway.application import application
    from local_stack.clickhouse_gateway.execution import Execution

    try:
        execution = Execution(settings)
    except BlockingIOError:
        raise SystemExit(
            f"Another ClickHouse gateway has {settings.data} open: stop it, or give this one its own directory."
        ) from None
    uvicorn.run(
        application(settings, execution),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_FOR_OPEN_ANSWERS,
    )
