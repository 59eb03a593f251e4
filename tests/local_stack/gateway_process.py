"""Starts the real gateway as a process on a free port, and speaks HTTP with it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.free_port import free_port
from tests.own_server import end

OWNER = ("lake", "owner-password")
READER = ("bi_reader", "reader-password")


@dataclass
class Gateway:
    port: int
    home: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def log(self) -> str:
        return (self.home / "gateway.log").read_text()

    def ask(
        self,
        body: str | bytes,
        login: tuple[str, str] | None = OWNER,
        /,
        headers: dict[str, str] | None = None,
        **url: str,
    ) -> httpx.Response:
        return httpx.post(self.url, content=body, auth=login, headers=headers, params=url, timeout=60)

    def value(self, body: str, login: tuple[str, str] = OWNER, /, **url: str) -> str:
        """The text of an answer that must be good."""
        answer = self.ask(body, login, **url)
        assert answer.status_code == 200, answer.text
        return answer.text.rstrip("\n")

    def refusal(self, body: str, login: tuple[str, str] = READER, /, **url: str) -> str:
        """The name of the error of an answer that must be bad."""
        answer = self.ask(body, login, **url)
        assert answer.status_code >= 400, answer.text
        assert answer.headers["X-ClickHouse-Exception-Code"]
        return re.findall(r"\(([A-Z_]+)\)", answer.text)[-1]

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(30)


@contextmanager
def running_gateway(home: Path, **environment: str) -> Iterator[Gateway]:
    """A gateway whose state, lake and working directory are under `home`."""
    port = free_port()
    gateway = Gateway(port, home, start(home, port, **environment))
    try:
        _wait(gateway)
        yield gateway
    finally:
        if gateway.process.poll() is None:
            end(gateway.process)


def start(home: Path, port: int, **environment: str) -> "subprocess.Popen[bytes]":
    variables = {
        "LAKE_HOME": str(home),
        "LAKE_LAKE__ROOT": f"file:{home}/lake",
        "LAKE_CLICKHOUSE__PORT": str(port),
        "LAKE_CLICKHOUSE__USER": OWNER[0],
        "LAKE_CLICKHOUSE__PASSWORD": OWNER[1],
        "LAKE_CLICKHOUSE__READER_USER": READER[0],
        "LAKE_CLICKHOUSE__READER_PASSWORD": READER[1],
        **environment,
    }
    with (home / "gateway.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local_stack.clickhouse_gateway"],
            env={**os.environ, **variables},
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=log,
        )


def _wait(gateway: Gateway) -> None:
    for attempt in Retrying(
        retry=retry_if_exception_type(httpx.TransportError),
        stop=stop_after_delay(120),
        wait=wait_fixed(0.1),
        reraise=True,
    ):
        with attempt:
            assert gateway.process.poll() is None, gateway.log
            assert httpx.get(f"{gateway.url}ping").text == "Ok.\n"
