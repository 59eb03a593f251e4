"""Asks a service of this machine over HTTP, past any proxy that the environment names for the world."""

import urllib.error
import urllib.request
from collections.abc import Mapping

from local_stack.service import NotReady

_TIMEOUT_SECONDS = 5


def get(url: str, headers: Mapping[str, str] | None = None) -> bytes:
    """The body of the answer.

    Raises NotReady: nobody answers, or the answer is an error.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=dict(headers or {}))
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
            body: bytes = response.read()
            return body
    except (OSError, urllib.error.URLError) as error:
        raise NotReady(str(error)) from error
