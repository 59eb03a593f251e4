"""Days, weeks and months: which one holds a day, what comes before and after it."""

from datetime import date, timedelta

import pytest

from lake_layout.periods import Period, days_of, first_day, shifted, widened

DAYS = [date(2019, 12, 1) + timedelta(days=number) for number in range(1200)]


@pytest.mark.parametrize("period", Period)
def test_every_day_is_in_the_period_that_its_first_day_names_and_in_no_other(period: Period) -> None:
    for day in DAYS:
        first = first_day(period, day)
        assert day in days_of(period, first)
        assert day not in days_of(period, shifted(period, first, 1))
        assert first_day(period, first) == first
        assert shifted(period, shifted(period, first, 13), -13) == first


def test_a_week_is_an_iso_week_also_across_a_year() -> None:
    for day in DAYS:
        assert first_day(Period.WEEK, day) == date.fromisocalendar(*day.isocalendar()[:2], 1)
    assert first_day(Period.WEEK, date(2021, 1, 3)) == date(2020, 12, 28)


def test_months_have_their_own_lengths() -> None:
    lengths = [len(days_of(Period.MONTH, date(2020, month, 1))) for month in range(1, 13)]
    assert lengths == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert shifted(Period.MONTH, date(2020, 1, 1), -1) == date(2019, 12, 1)


def test_dates_are_widened_to_whole_periods_once_each() -> None:
    sunday, monday = date(2025, 3, 30), date(2025, 3, 31)
    assert widened(Period.WEEK, [sunday, monday, monday], 0, 1) == (date(2025, 3, 24), monday, date(2025, 4, 7))
    assert widened(Period.DAY, [sunday], 1, 0) == (date(2025, 3, 29), sunday)
    assert widened(Period.MONTH, [sunday], 1, 0) == (date(2025, 2, 1), date(2025, 3, 1))
