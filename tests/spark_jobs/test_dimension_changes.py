"""Where two timelines of a dimension differ."""

from datetime import UTC, date, datetime

from spark_jobs.dimension_changes import as_date, differing, exact, widened


def test_equal_timelines_differ_nowhere():
    assert differing([(0, 9, "ann")], [(0, 9, "ann")]) == []


def test_a_watch_handed_on_differs_from_that_instant_on():
    assert differing([(0, 9, "ann")], [(0, 5, "ann"), (5, 9, "bob")]) == [(5, 9)]


def test_a_timeline_that_was_unknown_differs_in_all_of_its_time():
    assert differing([], [(3, 9, "ann")]) == [(3, 9)]


def test_periods_cut_elsewhere_that_say_the_same_do_not_differ():
    assert differing([(0, 9, "ann")], [(0, 4, "ann"), (4, 9, "ann")]) == []


def test_a_stretch_reaches_a_day_further_at_both_ends():
    begins, ends = (int(datetime(2025, 3, day, 12, tzinfo=UTC).timestamp()) for day in (24, 25))
    assert widened(begins, ends) == (date(2025, 3, 23), date(2025, 3, 26))


def test_a_stretch_that_was_made_of_dates_reaches_no_further() -> None:
    begins, ends = (int(datetime(2025, 3, day, tzinfo=UTC).timestamp()) for day in (24, 26))
    assert exact(begins, ends) == (date(2025, 3, 24), date(2025, 3, 25))


def test_times_at_and_beyond_the_ends_of_the_calendar_have_dates():
    year_one, forever = -62_135_596_800, 253_402_214_400
    assert widened(year_one, forever) == (date.min, date.max)
    assert (as_date(year_one - 1), as_date(forever + 2 * 86_400)) == (date.min, date.max)
