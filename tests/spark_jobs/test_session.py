"""The session of a job."""

import atexit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spark_jobs import session

pytestmark = pytest.mark.services


def test_a_process_that_ends_asks_nothing_of_a_server_that_may_be_gone(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_exit: list[Callable[..., Any]] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    monkeypatch.setattr(atexit, "unregister", at_exit.remove)
    with session.opened("some job") as spark:
        assert [hook for hook in at_exit if getattr(hook, "__self__", None) is spark.client] == []
