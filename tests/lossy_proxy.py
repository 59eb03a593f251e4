"""A TCP proxy that loses answers: the server does its work, and who asked for it only sees the connection end."""

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from lake_layout.sections import HOST

_CHUNK = 65_536
# A server that says it waits for the body has not done its work yet.
_INTERIM = re.compile(rb"HTTP/1\.\d 1\d\d ")


@dataclass
class LossyProxy:
    """Loses the first answer to a request that matches each of `requests`; `lost` names those that it has lost.

    The answers to the first `passed` of such requests are passed on.
    """

    target: tuple[str, int]
    requests: Sequence[re.Pattern[bytes]]
    listener: socket.socket = field(default_factory=lambda: socket.create_server((HOST, 0)))
    lost: list[str] = field(default_factory=list)
    passed: int = 0

    @property
    def port(self) -> int:
        """Where clients connect to."""
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                try:
                    server = socket.create_connection(self.target)
                except OSError:
                    client.close()
                    continue
                doomed = threading.Event()
                for source, to, is_request in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass_on, args=(source, to, doomed, is_request), daemon=True).start()

    def _pass_on(self, source: socket.socket, to: socket.socket, doomed: threading.Event, is_request: bool) -> None:
        """Until one side ends, or an answer comes that is to be lost."""
        with suppress(OSError):
            while content := source.recv(_CHUNK):
                if is_request and self._loses(content):
                    doomed.set()
                if not is_request and doomed.is_set() and not _INTERIM.match(content):
                    break
                to.sendall(content)
        for end in (source, to):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _loses(self, content: bytes) -> bool:
        for pattern in self.requests:
            if pattern.pattern.decode() not in self.lost and pattern.search(content):
                if self.passed:
                    self.passed -= 1
                    continue
                self.lost.append(pattern.pattern.decode())
                return True
        return False


@contextmanager
def losing(target: tuple[str, int], *requests: bytes, **further: Any) -> Iterator[LossyProxy]:
    """A proxy in front of `target`; `requests` are regular expressions, of each the first answer is lost."""
    proxy = LossyProxy(target, [re.compile(request) for request in requests], **further)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.listener.close()
