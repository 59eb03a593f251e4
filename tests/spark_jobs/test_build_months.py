"""Tables of months: which months a day or a change of a goal moves, what a range rebuilds, which months wait."""

import shutil
from datetime import date
from functools import partial

import pytest

from lake_layout.contracts import Zone, contract
from lake_layout.periods import Period
from spark_jobs import affected_dates, build, commits, read, write
from spark_jobs.backfill.reach import reached
from spark_jobs.release import whole_periods
from spark_jobs.verify import keys, recomputed
from spark_jobs.verify.findings import Verdict
from spark_jobs.verify.recomputed import Sample
from tests.own_profile import using
from tests.spark_jobs.small_tables import frame_of

DAYS, GOALS, MONTHS = "health/daily_activity", "app_db/goals", "fitness/monthly_goals"
JANUARY, FEBRUARY, MARCH, APRIL = (date(2024, month, 1) for month in range(1, 5))
ENDS = (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31))


def put(spark, steps: dict[date, int]) -> None:
    of = contract(DAYS)
    rows = [{"user_id": "bob", "activity_date": on, "steps": n, "active_minutes": 0} for on, n in steps.items()]
    commit = commits.progress(of, Zone.GOLD).plan({}, tuple(sorted(steps)))
    write.replace_dates(frame_of(spark, DAYS, Zone.GOLD, rows), of, Zone.GOLD, sorted(steps), commit)


def land(spark, read_at: str, *goals: dict) -> None:
    of = contract(GOALS)
    commit = commits.progress(of, Zone.BRONZE).plan({})
    when = {"_logged_at": read_at, "_event_date": read_at[:10], "_batch": commit.batch}
    rows = frame_of(spark, GOALS, Zone.BRONZE, [{**goal, **when} for goal in goals])
    write.append(rows, of, Zone.BRONZE, commit)
    build.build_history(spark, of)


def run(spark, span: tuple[date, date] | None = None) -> tuple[date, ...]:
    of = contract(MONTHS)
    if not build.build_dates(spark, of, Zone.GOLD, span)["dates"]:
        return ()
    newest = commits.newest(of, Zone.GOLD)
    assert newest
    return newest.dates


@pytest.fixture
def days(spark, lake):
    """days(steps by date): rewrite dates of daily activity; Bob's, for Ann has none."""
    return partial(put, spark)


@pytest.fixture
def snapshot(spark, lake):
    """snapshot(read at, goals): the goals as the database has them then, landed and added to their history."""
    return partial(land, spark)


@pytest.fixture
def months(spark, lake):
    """months(span): build the table; the months that its commit names, none if there was none."""
    return partial(run, spark)


@pytest.fixture
def totals(spark, lake, values):
    """totals(): goal, month, days and target of every row."""
    return lambda: values(
        read.table(spark, contract(MONTHS), Zone.GOLD), "goal_id", "month_start_date", "goal_days", "target_total"
    )


def goal(goal_id: str = "walk", user_id: str = "ann", target: str = "1000", **changes) -> dict:
    return {
        "goal_id": goal_id, "user_id": user_id, "goal_type": "steps", "target_value": target, "target_unit": "count",
        "period": "day", "starts_on": "2024-01-20", **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def filled(spark_environment, _spark_session, tmp_path_factory):
    """Three whole months with a goal of somebody who does nothing in them."""
    folder = tmp_path_factory.mktemp("filled") / "lake"
    with using({**spark_environment, "LAKE_LAKE__ROOT": f"file:{folder}"}):
        put(_spark_session, dict.fromkeys(ENDS, 1))
        land(_spark_session, "2024-04-01", goal())
        assert run(_spark_session) == (JANUARY, FEBRUARY, MARCH)
    return folder


@pytest.fixture
def quarter(filled, lake):
    """The same, of this test alone."""
    shutil.copytree(filled, lake)


def test_a_user_without_any_activity_has_a_row_for_each_month_of_a_goal(quarter, months, totals):
    assert totals() == [
        ("walk", "2024-01-01", 12, "12000.000"),
        ("walk", "2024-02-01", 29, "29000.000"),
        ("walk", "2024-03-01", 31, "31000.000"),
    ]
    assert months() == ()


def test_a_day_moves_its_month_and_no_other(quarter, days, months):
    days({date(2024, 2, 1): 5})
    assert months() == (FEBRUARY,)
    days({date(2024, 2, 29): 5, date(2024, 3, 1): 5})
    assert months() == (FEBRUARY, MARCH)


def test_a_new_goal_moves_the_months_from_its_beginning_to_its_end(quarter, snapshot, months, totals):
    snapshot("2024-04-02", goal(), goal("run", starts_on="2024-02-29", ends_on="2024-02-29"))
    assert months() == (FEBRUARY,)
    assert ("run", "2024-02-01", 1, "1000.000") in totals()
    snapshot("2024-04-03", goal(), goal("run", starts_on="2024-02-29", ends_on="2024-03-01"))
    assert months() == (MARCH,)
    assert [row[1:3] for row in totals() if row[0] == "run"] == [("2024-02-01", 1), ("2024-03-01", 1)]


def test_a_changed_target_moves_the_months_with_a_noon_since_then(days, snapshot, months, totals):
    days(dict.fromkeys(ENDS, 1))
    snapshot("2024-02-01", goal())
    months()
    snapshot("2024-03-31 12:00:00", goal(target="2000"))
    assert months() == (MARCH,)
    assert ("walk", "2024-03-01", 31, "32000.000") in totals()
    snapshot("2024-03-31 12:00:01", goal(target="3000"))
    assert months() == ()


def test_a_deleted_goal_leaves_the_months_after_it(days, snapshot, months, totals):
    days(dict.fromkeys(ENDS, 1))
    snapshot("2024-02-01", goal(), goal("other"))
    months()
    snapshot("2024-02-11", goal("other"))
    assert months() == (FEBRUARY, MARCH)
    assert [row[1:3] for row in totals() if row[0] == "walk"] == [("2024-01-01", 12), ("2024-02-01", 10)]
    assert len([row for row in totals() if row[0] == "other"]) == 3


def test_an_end_that_is_told_late_moves_the_months_from_there(quarter, snapshot, months, totals):
    snapshot("2024-06-20", goal(ends_on="2024-02-10"))
    assert months() == (FEBRUARY, MARCH)
    assert [row[1:3] for row in totals()] == [("2024-01-01", 12), ("2024-02-01", 10)]


def test_a_snapshot_without_changes_moves_nothing(quarter, snapshot, months):
    snapshot("2024-04-02", goal())
    assert months() == ()


def test_a_range_rebuilds_the_months_that_hold_its_days_with_the_same_rows_and_moves_no_position(
    quarter, days, months, totals
):
    before = totals()
    days({date(2024, 3, 5): 7})
    assert months((date(2024, 1, 31), date(2024, 2, 1))) == (JANUARY, FEBRUARY)
    assert totals() == before
    assert months() == (MARCH,)
    assert totals() == before


def test_the_months_that_wait_are_those_with_a_last_day(days, snapshot, months):
    snapshot("2024-04-01", goal())
    days({date(2024, 2, 28): 1})
    assert whole_periods.waiting(Period.MONTH) == []
    days({date(2024, 2, 29): 2, date(2024, 3, 1): 3})
    assert whole_periods.waiting(Period.MONTH) == ["2024-02-01"]
    assert "2024-02-26" not in whole_periods.waiting(Period.WEEK)
    months()
    assert whole_periods.waiting(Period.MONTH) == []
    days({date(2024, 2, 3): 7})
    assert whole_periods.waiting(Period.MONTH) == ["2024-02-01"]


def test_the_proof_passes_over_months_that_a_goal_will_move_and_sees_those_that_are_wrong(
    spark, quarter, snapshot, months
):
    of, sample = contract(MONTHS), Sample(5)
    [told] = recomputed.check(spark, of, Zone.GOLD, sample)
    assert (told.verdict, told.words) == (Verdict.GOOD, "2024-01-01, 2024-02-01, 2024-03-01: the same rows")
    snapshot("2024-04-02", goal(ends_on="2024-02-10"))
    [told] = recomputed.check(spark, of, Zone.GOLD, sample)
    assert (told.verdict, told.words) == (Verdict.GOOD, "2024-01-01: the same rows")
    rows = read.table(spark, of, Zone.GOLD).where("month_start_date = DATE'2024-01-01'")
    commit = commits.progress(of, Zone.GOLD).plan(commits.progress(of, Zone.GOLD).consumed, (JANUARY,))
    write.replace_dates(rows.unionByName(rows), of, Zone.GOLD, (JANUARY,), commit)
    [told] = recomputed.check(spark, of, Zone.GOLD, sample)
    assert told.verdict is Verdict.WRONG
    assert [one.verdict for one in keys.check(spark, of, Zone.GOLD)] == [Verdict.WRONG]


def test_a_run_of_months_leaves_days_and_weeks_alone(quarter, days):
    days({date(2024, 3, 30): 1})
    assert build.run(Zone.GOLD, period=Period.MONTH) == {MONTHS: {"dates": 1, "rows": 1, "held": 0}}
    assert MONTHS not in {**build.run(Zone.GOLD, period=Period.DAY), **build.run(Zone.GOLD, period=Period.WEEK)}


def test_a_backfill_reaches_months_by_their_first_days():
    found = {one.of.address: one.dates for one in reached(DAYS, ENDS[0], date(2024, 2, 1))}
    assert found[MONTHS] == (JANUARY, FEBRUARY)
    assert {one.of.address: one.dates for one in reached(GOALS, ENDS[1], ENDS[2])} == {MONTHS: (FEBRUARY, MARCH)}
    assert {one.of.address: one.dates for one in reached(MONTHS, APRIL, APRIL)} == {MONTHS: (APRIL,)}
    days_read = affected_dates.near(contract(MONTHS), (FEBRUARY,), contract(DAYS))
    assert (days_read[0], days_read[-1], len(days_read)) == (FEBRUARY, ENDS[1], 29)
