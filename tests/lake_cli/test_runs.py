"""What `lake run`, `lake backfill` and `lake search` refuse before they ask anything, and what a log is told by."""

from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from lake_cli import airflow_api
from lake_cli.main import build_app
from lake_cli.runs import form_of
from lake_layout.profile import profile


@pytest.fixture
def refusal(monkeypatch, tmp_path):
    """What a command says when it refuses; it must not need a running Airflow for that."""
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKE_AIRFLOW__PORT", "1")
    profile.cache_clear()

    def refuse(*arguments: str) -> str:
        done = CliRunner().invoke(build_app(), arguments)
        assert done.exit_code != 0
        return str(done.exception) if done.exception and not isinstance(done.exception, SystemExit) else done.output

    yield refuse
    monkeypatch.undo()
    profile.cache_clear()


def test_dates_become_the_fields_of_the_form():
    assert form_of(datetime(2025, 3, 24), datetime(2025, 3, 30)) == {"from": "2025-03-24", "to": "2025-03-30"}
    assert form_of(None, None) == {}


RANGED = [("run", "daily_etl"), ("backfill", "run", "app/user_events"), ("backfill", "plan", "app/user_events")]


@pytest.mark.parametrize("command", RANGED)
def test_a_range_that_ends_before_it_begins_is_refused(refusal, command):
    said = refusal(*command, "--from", "2025-03-30", "--to", "2025-03-24")
    assert "ends on 2025-03-24, before it begins on 2025-03-30" in said


@pytest.mark.parametrize("command", RANGED)
def test_a_date_that_has_not_begun_anywhere_is_refused(refusal, command):
    in_three_days = (datetime.now() + timedelta(days=3)).date().isoformat()
    assert "has not begun anywhere yet" in refusal(*command, "--from", "2025-03-24", "--to", in_three_days)


def test_half_a_range_is_refused(refusal):
    assert "give both --from and --to" in refusal("run", "daily_etl", "--from", "2025-03-24")


def test_a_backfill_needs_a_range(refusal):
    assert "--from" in refusal("backfill", "run", "app/user_events", "--to", "2025-03-24")


def test_a_backfill_of_an_unknown_dataset_is_refused_with_those_that_are_near(refusal):
    said = refusal("backfill", "plan", "wearables/heath_metrics", "--from", "2025-03-24", "--to", "2025-03-24")
    assert "wearables/health_metrics" in said


def test_no_date_is_refused_by_the_command_line(refusal):
    assert "--from" in refusal("run", "daily_etl", "--from", "yesterday", "--to", "2025-03-24")


def test_no_airflow_is_one_clear_sentence(refusal, monkeypatch):
    monkeypatch.setenv("LAKE_TIMEOUTS__CONNECT", "1")
    profile.cache_clear()
    assert "does not answer at http://127.0.0.1:1; `lake up` starts it" in refusal("run", "land_sources")


def test_a_mistyped_option_is_no_word_to_be_searched(refusal):
    assert "there is no option --form" in refusal("search", "knee", "--form", "2025-03-24")


def test_of_a_log_the_job_the_cause_and_why_it_was_skipped_are_told():
    logger = "airflow.providers.standard.hooks.subprocess.SubprocessHook"
    entries = [
        {"event": "two\nlines", "logger": logger},
        {"event": "Pushing xcom", "logger": "task"},
        {"event": "Skipping task.", "logger": "task", "reason": "Schedules begin at midnight."},
        {"event": "Task failed", "error_detail": [{"exc_type": "Halt", "exc_value": "wrong"}]},
    ]
    words = [line for entry in entries for line in airflow_api._words(entry)]
    assert words == ["two", "lines", "Schedules begin at midnight.", "Halt: wrong"]
