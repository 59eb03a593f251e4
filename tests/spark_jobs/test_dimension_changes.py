"""Where two timelines of a dimension differ."""

from spark_jobs.dimension_changes import differing


def test_equal_timelines_differ_nowhere():
    assert differing([(0, 9, "ann")], [(0, 9, "ann")]) == []


def test_a_watch_handed_on_differs_from_that_instant_on():
    assert differing([(0, 9, "ann")], [(0, 5, "ann"), (5, 9, "bob")]) == [(5, 9)]


def test_a_timeline_that_was_unknown_differs_in_all_of_its_time():
    assert differing([], [(3, 9, "ann")]) == [(3, 9)]


def test_periods_cut_elsewhere_that_say_the_same_do_not_differ():
    assert differing([(0, 9, "ann")], [(0, 4, "ann"), (4, 9, "ann")]) == []
