"""The session of a job."""

import atexit
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F
from pyspark.sql.connect.session import SparkSession as ConnectSession

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


def test_a_run_asks_its_own_session_where_that_of_an_older_one_was_closed(lake: Path) -> None:
    ConnectSession._active_session.session = None
    unfinished = session.connect("some job")
    session._open(unfinished.session_id).stop()
    with session.opened("some job") as spark:
        assert spark.range(1).select(F.lit(datetime(2025, 1, 1))).count() == 1
