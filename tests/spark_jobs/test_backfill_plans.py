"""What a backfill reaches, how long it takes, and what becomes of it, as far as that is told without a server."""

from datetime import date, timedelta

import pytest

from lake_layout.contracts import Zone, contract
from spark_jobs.affected_dates import every
from spark_jobs.backfill import estimate, life, log
from spark_jobs.backfill.compare import largest
from spark_jobs.backfill.log import Shift, State
from spark_jobs.backfill.reach import reached
from spark_jobs.halt import Halt

WINDOWS = contract("health/heart_rate_1m")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = every(date(2025, 3, 24), date(2025, 3, 27))


def test_a_source_reaches_all_that_is_made_from_it_and_a_table_its_own_dates() -> None:
    found = {one.of.address: one for one in reached("wearables/health_metrics", TUESDAY, TUESDAY)}
    assert found["wearables/heart_rate_readings"].dates == (MONDAY, TUESDAY, WEDNESDAY)
    assert found["health/heart_rate_1m"].dates == every(MONDAY - timedelta(days=1), THURSDAY)
    # Of its inputs, weights alone reach so far; another reaches a day back, and no other further than it does itself.
    weighed = found["wearables/body_measurements"].dates
    assert found["health/daily_calories"].dates == every(weighed[0], weighed[-1] + timedelta(days=27))
    assert found["health/daily_activity"].dates == found["health/heart_rate_5m"].dates
    assert "social/interactions" not in found
    assert list(found).index("health/heart_rate_1m") < list(found).index("health/daily_activity")
    itself = reached("health/hourly_steps", TUESDAY, TUESDAY)
    assert [(one.of.address, one.dates) for one in itself] == [("health/hourly_steps", (TUESDAY,))]
    assert {"social/interactions", "health/daily_activity"} <= {
        one.of.address for one in reached("app_db/users", TUESDAY, TUESDAY)
    }
    with pytest.raises(ValueError, match="nothing in silver or gold is made from app_db/subscriptions"):
        reached("app_db/subscriptions", TUESDAY, TUESDAY)


def test_the_time_is_read_off_a_line_that_one_cold_batch_does_not_move() -> None:
    past = [(rows, 2 + rows / 1000) for rows in (1000, 2000, 4000, 8000)]
    assert estimate.seconds([*past, (1000, 300.0)], 30_000) == pytest.approx(32, rel=0.1)
    assert estimate.seconds([(1000, 3.0), (1000, 5.0)], 1000) == pytest.approx(4.0)
    assert estimate.seconds([], 1000) is None
    assert estimate.wall([[1.0, 1.0, 1.0, 5.0], [2.0], []], side_by_side=2) == 7.0


def test_the_largest_shifts_come_first_and_equal_sums_are_none() -> None:
    def shift(before: float | None, after: float | None) -> Shift:
        return Shift("d", "c", MONDAY, before, after)

    grown, little, new, same = shift(100, 300), shift(1000, 1001), shift(None, 5), shift(7, 7)
    assert largest([little, same, new, grown], 3) == [new, grown, little]


def test_a_run_begins_one_backfill_and_what_is_over_stays_over(own_lake: None) -> None:
    tables = reached(WINDOWS.address, MONDAY, MONDAY)
    first = log.begin("a", WINDOWS.address, MONDAY, MONDAY, tables, 7, 1.5)
    assert log.begin("a", WINDOWS.address, MONDAY, MONDAY, tables, 7, 1.5).backfill_id == first.backfill_id == 1
    assert log.begin("b", WINDOWS.address, MONDAY, MONDAY, tables, None, None).backfill_id == 2
    assert life.abandon(1).state is State.ABANDONED
    for after in (life.abandon, lambda number: log.note(number, State.STAGED)):
        with pytest.raises(ValueError, match="backfill 1 was abandoned"):
            after(1)
    assert [(one.state, one.rows) for one in log.read()] == [(State.ABANDONED, 7), (State.BEGUN, None)]
    with pytest.raises(LookupError, match="no backfill 3"):
        life.abandon(3)


def test_a_backfill_that_is_not_staged_is_not_published(own_lake: None) -> None:
    log.begin("a", WINDOWS.address, MONDAY, MONDAY, reached(WINDOWS.address, MONDAY, MONDAY), None, None)
    with pytest.raises(Halt, match="is not staged yet"):
        life.to_publish(1, Zone.GOLD)
    with pytest.raises(Halt, match="begun no backfill"):
        life.step("b", "silver")
