"""Which dates a run rebuilds."""

from datetime import UTC, datetime

import pytest
from airflow.sdk import Param
from airflow.sdk.exceptions import ParamValidationError

from dags.dates import FORM, rebuilt

DAY = (datetime(2025, 3, 30, tzinfo=UTC), datetime(2025, 3, 31, tzinfo=UTC))
EMPTY = {"from": None, "to": None}
WEEK = {"from": "2025-03-24", "to": "2025-03-30"}


@pytest.mark.parametrize("run_type", ["scheduled", "manual"])
def test_a_run_without_dates_takes_what_newly_arrived(run_type):
    assert rebuilt(run_type, DAY, EMPTY) == []
    assert rebuilt(run_type, None, {}) == []


def test_a_manual_run_with_dates_rebuilds_exactly_these():
    assert rebuilt("manual", DAY, WEEK) == ["--from", "2025-03-24", "--to", "2025-03-30"]


def test_a_backfill_rebuilds_the_day_of_its_interval():
    assert rebuilt("backfill", DAY, EMPTY) == ["--from", "2025-03-30", "--to", "2025-03-30"]


def test_a_backfill_does_not_take_dates_from_the_form():
    with pytest.raises(ValueError, match="leave `from` and `to` empty"):
        rebuilt("backfill", DAY, WEEK)


@pytest.mark.parametrize("half", [{"from": "2025-03-24"}, {"to": "2025-03-24", "from": ""}])
def test_half_a_range_is_refused(half):
    with pytest.raises(ValueError, match="give both"):
        rebuilt("manual", None, half)


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        rebuilt("manual", None, {"from": "2025-03-30", "to": "2025-03-24"})


def test_a_run_that_publishes_a_backfill_takes_no_dates():
    assert rebuilt("manual", None, {**EMPTY, "backfill": 3}) == []
    for run_type, form in (("manual", {**WEEK, "backfill": 3}), ("backfill", {**EMPTY, "backfill": 3})):
        with pytest.raises(ValueError, match="publishes a backfill takes no dates"):
            rebuilt(run_type, DAY, form)


@pytest.mark.parametrize("text", ["yesterday", "2025-02-30", "2025-03-24; rm -rf /", "$(date)"])
def test_the_form_takes_dates_only(text):
    field = Param(text, **FORM["from"].schema)
    with pytest.raises(ParamValidationError):
        field.resolve()
    with pytest.raises(ValueError):
        rebuilt("manual", None, {"from": text, "to": text})
