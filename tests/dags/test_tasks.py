"""What becomes of a task when its job ends, halts, finds a service away, hangs or must not run."""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from airflow.sdk import Asset, RetryAction
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, AirflowTaskTimeout
from airflow.sdk.execution_time.timeout import timeout

from dags.retries import ByKindOfError, JobFailed, ServiceAway
from dags.tasks import LakeJob
from lake_layout.profile import profile

DAY = {"data_interval_start": datetime(2025, 3, 30, tzinfo=UTC), "data_interval_end": datetime(2025, 3, 31, tzinfo=UTC)}


def run(
    job: LakeJob, run_type: str = "manual", events: MagicMock | None = None, **params: str | int | None
) -> dict | None:
    dag_run = SimpleNamespace(run_type=run_type, run_id="lake__2025", **DAY)
    return job.execute({"dag_run": dag_run, "params": params, "outlet_events": events})


def job(program: str, *arguments: str, **options: object) -> LakeJob:
    return LakeJob(task_id="job", command=[sys.executable, "-c", program, *arguments], **options)


@pytest.mark.parametrize(
    ("exit_code", "error"),
    [(1, JobFailed), (2, AirflowFailException), (3, AirflowFailException), (75, ServiceAway), (-9, JobFailed)],
)
def test_an_exit_code_says_what_kind_of_error_it_was(exit_code, error):
    end = f"import os, sys; os.kill(os.getpid(), {-exit_code}) if {exit_code} < 0 else sys.exit({exit_code})"
    with pytest.raises(error):
        run(job(end))


def test_a_job_whose_purpose_is_switched_off_is_skipped_in_its_own_words():
    with pytest.raises(AirflowSkipException, match="search is off"):
        run(job('import sys; print(\'{"skipped": "search is off"}\'); sys.exit(99)'))


def test_a_job_that_ends_well_hands_on_the_summary_it_prints_last():
    assert run(job("print('reading'); print('{\"rows\": 7}')")) == {"rows": 7}
    assert run(job("print('done')")) is None


def test_an_asset_is_told_of_where_the_summary_has_something_for_it():
    weeks, told = Asset(name="weeks", uri="lake://weeks"), MagicMock()
    for summary in ({"weeks": []}, {"rows": 1}):
        run(job(f"print({json.dumps(json.dumps(summary))})", tells={"weeks": weeks}), events=told)
    run(job('print(\'{"weeks": ["2025-03-24"]}\')', tells={"weeks": weeks}), "operator_triggered", events=told)
    assert told.mock_calls == []
    found = job('print(\'{"weeks": ["2025-03-24"]}\')', tells={"weeks": weeks})
    run(found, events=told)
    [alias] = found.outlets
    told.__getitem__.assert_called_once_with(alias)
    told[alias].add.assert_called_once_with(weeks, extra={"weeks": ["2025-03-24"]})


def test_dates_reach_the_job_as_arguments_of_their_own(tmp_path):
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('|'.join(sys.argv[2:]))"
    found = tmp_path / "arguments"
    run(job(program, str(found), takes_dates=True), **{"from": "2025-03-24", "to": "2025-03-25"})
    assert found.read_text() == "--from|2025-03-24|--to|2025-03-25"


def test_what_the_form_was_given_reaches_the_job_as_one_word_each(tmp_path):
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('|'.join(sys.argv[2:]))"
    found = tmp_path / "arguments"
    takes_both = job(program, str(found), takes=("dataset", "backfill"), names_run=True)
    run(takes_both, dataset="--help; rm -rf /", backfill=None)
    assert found.read_text() == "--dataset=--help; rm -rf /|--run=lake__2025"
    run(takes_both, backfill=3)
    assert found.read_text() == "--backfill=3|--run=lake__2025"


def test_dates_that_make_no_sense_fail_at_once_and_run_nothing(tmp_path):
    found = tmp_path / "arguments"
    touch = job("import sys, pathlib; pathlib.Path(sys.argv[1]).touch()", str(found), takes_dates=True)
    with pytest.raises(AirflowFailException, match="before it begins"):
        run(touch, **{"from": "2025-03-25", "to": "2025-03-24"})
    assert not found.exists()


def test_a_backfill_skips_what_can_only_be_read_now():
    with pytest.raises(AirflowSkipException, match="cannot be read today"):
        run(job("", only_now=True), "backfill")


@pytest.fixture
def schedules_begin(monkeypatch):
    def begin(text: str) -> None:
        monkeypatch.setenv("LAKE_AIRFLOW__SCHEDULES_FROM", text)
        profile.cache_clear()

    yield begin
    monkeypatch.undo()
    profile.cache_clear()


def test_a_scheduled_run_before_schedules_begin_is_skipped(schedules_begin):
    schedules_begin("2025-03-31T01:00:00Z")
    with pytest.raises(AirflowSkipException, match="Schedules begin at 2025-03-31 01:00"):
        run(job(""), "scheduled")
    run(job(""), "manual")
    run(job(""), "backfill")


def test_a_scheduled_run_whose_interval_ends_when_schedules_begin_runs(schedules_begin):
    schedules_begin("2025-03-31T00:00:00Z")
    run(job(""), "scheduled")


def test_a_killed_task_ends_its_job_and_the_jobs_children_even_if_they_ignore_it(tmp_path):
    beat = tmp_path / "beat"
    child = f"import time\nwhile True: open({str(beat)!r}, 'a').write('.'); time.sleep(0.05)"
    program = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    )
    hanging = job(program)
    with pytest.raises(AirflowTaskTimeout), timeout(3):
        run(hanging)
    hanging.on_kill()
    beats = beat.stat().st_size
    assert beats > 0
    time.sleep(0.3)
    assert beat.stat().st_size == beats


def decide(error: Exception, try_number: int) -> tuple[RetryAction, timedelta | None]:
    decision = ByKindOfError().evaluate(error, try_number, 4)
    return decision.action, decision.retry_delay


def test_a_service_that_is_away_is_waited_for_longer_each_time():
    delays = [decide(ServiceAway(), number) for number in (1, 2, 3)]
    assert delays == [(RetryAction.RETRY, timedelta(seconds=seconds)) for seconds in (30, 60, 120)]


def test_any_other_error_gets_one_more_try():
    assert decide(JobFailed(), 1) == (RetryAction.RETRY, timedelta(seconds=30))
    assert decide(JobFailed(), 2) == (RetryAction.FAIL, None)
