"""The jobs' command line tells a scheduler by its exit code what to do next."""

import json
import socket
from collections.abc import Iterator

import pytest
import typer
from pyspark.errors import PySparkRuntimeError
from typer.testing import CliRunner

from lake_layout.profile import profile
from spark_jobs import __main__ as command_line
from spark_jobs import ending
from spark_jobs.halt import Halt

run = CliRunner().invoke


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["land", "--kind", "telepathy"], "telepathy"),
        (["bronze", "wearables/heath_metrics"], "wearables/health_metrics"),
        (["silver", "--from", "2025-03-24"], "both"),
        (["gold", "--from", "2025-03-25", "--to", "2025-03-24"], "after"),
        (["gate", "bronze", "--let-through", "why not"], "one address"),
        (["replay", "wearables/heart_rate_readings"], "rebuilt"),
        (["discard", "app_db/users", "--reason", "why"], "--rule"),
        (["discard", "app_db/users", "0:1"], "--reason"),
    ],
)
def test_wrong_usage_is_code_2_and_says_what_is_wrong(arguments: list[str], words: str) -> None:
    result = run(command_line.app, arguments, env={"TERM": "dumb", "COLUMNS": "200"})
    assert result.exit_code == 2
    assert words in result.output


def test_a_server_that_is_away_is_code_75_at_once(lake_without_server: None) -> None:
    result = run(command_line.app, ["bronze"])
    assert result.exit_code == 75
    assert "Spark at localhost" in json.loads(result.stdout.splitlines()[-1])["unreachable"]


def test_a_server_that_started_anew_in_the_middle_is_code_75(capsys: pytest.CaptureFixture[str]) -> None:
    def loses_its_session() -> None:
        raise PySparkRuntimeError("INVALID_HANDLE.SESSION_NOT_FOUND on the server but responses were received from it")

    with pytest.raises(typer.Exit) as stopped:
        ending.run_job(loses_its_session)
    assert stopped.value.exit_code == 75
    assert "SESSION_NOT_FOUND" in json.loads(capsys.readouterr().out.splitlines()[-1])["unreachable"]


def test_a_halt_is_code_3_with_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    def halts() -> None:
        raise Halt("a table is empty")

    with pytest.raises(typer.Exit) as stopped:
        ending.run_job(halts)
    assert stopped.value.exit_code == 3
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"halted": "a table is empty"}


@pytest.fixture
def lake_without_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("LAKE_SPARK__PORT", str(taken.getsockname()[1]))
        profile.cache_clear()
        yield
    monkeypatch.undo()
    profile.cache_clear()
