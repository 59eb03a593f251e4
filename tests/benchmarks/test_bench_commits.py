"""Many commits: how many there are of fewer events, and that other rows end a run."""

import pytest

from benchmarks import __main__ as command
from benchmarks import many_commits
from benchmarks.many_commits import Different
from benchmarks.workloads import WORKLOADS


def test_many_commits_are_measured_where_they_are_asked_for() -> None:
    assert WORKLOADS["W6"].by_choice
    assert set(WORKLOADS) - set(command._USUAL) == {name for name, one in WORKLOADS.items() if one.by_choice}


def test_fewer_events_make_fewer_commits_of_the_same_size() -> None:
    told = [(many_commits._scaled(288, events), many_commits._scaled(200, events)) for events in (10**5, 10**6, 10**7)]
    assert told == [(29, 20), (288, 200), (288, 200)]
    assert many_commits._scaled(288, 1000) == 12


def test_other_rows_after_maintenance_end_the_run() -> None:
    many_commits._require_same({"a": "1 rows"}, {"a": "1 rows"})
    with pytest.raises(Different, match="2 rows"):
        many_commits._require_same({"a": "1 rows"}, {"a": "2 rows"})
