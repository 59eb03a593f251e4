"""Tables of weeks: what a day moves, what a range rebuilds, which weeks wait for the weekly run."""

from datetime import date

import pytest

from lake_layout.contracts import Zone, contract
from lake_layout.periods import Period
from spark_jobs import affected_dates, build, commits, write
from spark_jobs.backfill.reach import reached
from spark_jobs.release import whole_periods
from spark_jobs.verify import recomputed
from spark_jobs.verify.findings import Verdict
from spark_jobs.verify.recomputed import Sample

DAYS, WEEKS, TRENDS = "health/daily_activity", "fitness/weekly_progress", "fitness/performance_trends"
MONDAY, SUNDAY = date(2025, 3, 24), date(2025, 3, 30)
NEXT, AFTER = date(2025, 3, 31), date(2025, 4, 7)


@pytest.fixture
def days(spark, lake, table):
    """days(steps by date): rewrite dates of daily activity."""

    def put(steps: dict[date, int]) -> None:
        of = contract(DAYS)
        rows = [
            {"user_id": "ann", "activity_date": str(on), "steps": n, "active_minutes": 0} for on, n in steps.items()
        ]
        commit = commits.progress(of, Zone.GOLD).plan({}, tuple(sorted(steps)))
        write.replace_dates(table(DAYS, Zone.GOLD, rows), of, Zone.GOLD, sorted(steps), commit)

    return put


@pytest.fixture
def weeks(spark, lake):
    """weeks(span): build both tables of weeks; the dates that the commits of `WEEKS` and `TRENDS` name."""

    def run(span: tuple[date, date] | None = None) -> dict[str, tuple[date, ...]]:
        done = {}
        for address in (WEEKS, TRENDS):
            if build.build_dates(spark, contract(address), Zone.GOLD, span)["dates"]:
                newest = commits.newest(contract(address), Zone.GOLD)
                assert newest
                done[address] = newest.dates
        return done

    return run


def test_a_day_moves_its_week_the_next_one_and_the_lines_through_them(days, weeks):
    days({MONDAY: 1, SUNDAY: 2})
    assert weeks() == {
        WEEKS: (MONDAY, NEXT),
        TRENDS: tuple(affected_dates.reached(contract(TRENDS), [MONDAY, NEXT], contract(WEEKS))),
    }
    assert weeks() == {}
    days({NEXT: 5})
    assert weeks()[WEEKS] == (NEXT, AFTER)


def test_a_range_rebuilds_the_weeks_that_hold_its_days_and_moves_no_position(days, weeks):
    days({MONDAY: 1, SUNDAY: 2})
    assert weeks((SUNDAY, NEXT))[WEEKS] == (MONDAY, NEXT)
    assert weeks()[WEEKS] == (MONDAY, NEXT)


def test_the_weeks_that_wait_are_those_with_a_sunday(days, weeks):
    days({MONDAY: 1})
    assert whole_periods.waiting(Period.WEEK) == []
    days({SUNDAY: 2, NEXT: 3})
    assert whole_periods.waiting(Period.WEEK) == ["2025-03-24"]
    weeks()
    assert whole_periods.waiting(Period.WEEK) == []
    days({MONDAY: 7})
    assert whole_periods.waiting(Period.WEEK) == ["2025-03-24"]


def test_the_proof_waits_for_weeks_that_were_never_built_and_sees_those_that_are_wrong(spark, days, weeks):
    days({MONDAY: 1, SUNDAY: 2})
    of, sample = contract(WEEKS), Sample(5, span=(MONDAY, NEXT))
    [told] = recomputed.check(spark, of, Zone.GOLD, sample)
    assert (told.verdict, told.words) == (Verdict.GOOD, "no date to look at")
    weeks((MONDAY, SUNDAY))
    [told] = recomputed.check(spark, of, Zone.GOLD, sample)
    assert (told.verdict, told.words) == (Verdict.GOOD, "2025-03-24: the same rows")
    days({SUNDAY: 50})
    [told] = recomputed.check(spark, of, Zone.GOLD, sample)
    assert told.verdict is Verdict.WRONG and "1 rows missing, 1 that should not be" in told.words


def test_a_run_of_one_period_leaves_the_other_tables_alone(days):
    days({MONDAY: 1, SUNDAY: 2})
    done = build.run(Zone.GOLD, period=Period.WEEK)
    assert set(done) == {WEEKS, TRENDS, "social/community_weekly"}
    assert done[WEEKS] == {"dates": 2, "rows": 1, "held": 0}
    assert WEEKS not in build.run(Zone.GOLD, period=Period.DAY)


def test_a_backfill_reaches_weeks_by_their_mondays():
    found = {one.of.address: one.dates for one in reached(DAYS, SUNDAY, SUNDAY)}
    assert found[WEEKS] == (MONDAY, NEXT)
    assert found[TRENDS][0] == MONDAY and len(found[TRENDS]) == 9
    assert {one.of.address: one.dates for one in reached(WEEKS, SUNDAY, SUNDAY)}[WEEKS] == (MONDAY,)
    days_read = affected_dates.near(contract(WEEKS), (NEXT,), contract(DAYS))
    assert (days_read[0], days_read[-1], len(days_read)) == (MONDAY, date(2025, 4, 6), 14)
    weeks_read = affected_dates.near(contract(TRENDS), (AFTER,), contract(WEEKS))
    assert (weeks_read[0], weeks_read[-1], len(weeks_read)) == (date(2025, 2, 17), AFTER, 8)
