"""A backfill of an old day restates what is carried on from it, also in weeks that began after it was computed."""

from datetime import date, timedelta

import pytest
from pyspark.sql import SparkSession

from lake_layout.contracts import Zone, contract
from spark_jobs import build, commits, read, write
from spark_jobs.backfill import life, log, stage
from spark_jobs.backfill.reach import reached

EVENTS, ACTS, TIES = contract("social/social_events"), contract("social/interactions"), contract("social/ties")
TABLES = (ACTS, TIES)
MONDAYS = BEFORE, FIRST, SECOND, THIRD, FOURTH = tuple(date(2025, 2, 24) + timedelta(weeks=n) for n in range(5))


def event(who: str, whom: str, week: date, sent_on: date | None = None) -> dict[str, object]:
    """A follow on the Wednesday of a week."""
    on = week + timedelta(days=2)
    at = f"{on} 10:00:00"
    return {
        "event_id": f"{who} {whom} {at}", "interaction_type": "follow", "user_id": who, "target_user_id": whom,
        "occurred_at": at, "occurred_offset_minutes": 0, "sent_at": f"{sent_on or on} 10:00:00", "_event_date": str(on),
    }  # fmt: skip


@pytest.fixture
def land(spark: SparkSession, lake, table):
    """land(events): one more batch of social events."""

    def put(*events: dict[str, object]) -> None:
        commit = commits.progress(EVENTS, Zone.BRONZE).plan({})
        rows = table(EVENTS.address, Zone.BRONZE, [{**one, "_batch": commit.batch} for one in events])
        write.append(rows, EVENTS, Zone.BRONZE, commit)

    return put


def normal_run(backfill: int | None = None) -> dict[str, dict[str, int]]:
    staged = life.to_publish(backfill, Zone.SILVER) if backfill else {}
    return build.run(Zone.SILVER, [of.address for of in TABLES], staged=staged)


def test_a_follow_that_a_backfill_brings_holds_in_weeks_that_began_meanwhile(spark: SparkSession, land, values) -> None:
    people = zip(("eve", "ann", "bob", "cem"), MONDAYS, strict=False)
    land(*(event(who, "dan", monday) for who, monday in people))
    normal_run()
    # Sent so late that no normal run takes it.
    land(event("dan", "ann", FIRST, sent_on=date(2025, 6, 1)))
    assert normal_run()["social/interactions"]["held"] == 1

    late = FIRST + timedelta(days=2)
    tables = [one for one in reached(EVENTS.address, late, late) if one.of in TABLES]
    assert {one.of.dataset: one.dates for one in tables}["ties"] == (SECOND, THIRD)
    backfill = log.begin("run", EVENTS.address, late, late, tables, None, None)
    stage.run(Zone.SILVER, backfill)
    life.step("run", "compare")
    changes = {(one.dataset, one.day): (one.added, one.same) for one in log.get(backfill.backfill_id).changes}
    assert changes["social/ties", SECOND] == (1, 2)
    assert changes["social/ties", THIRD] == (1, 3)

    land(event("bob", "cem", FOURTH))
    normal_run()
    done = normal_run(backfill.backfill_id)
    assert (done["social/ties"]["published"], done["social/ties"]["dates"]) == (2, 1)
    held = values(read.table(spark, TIES, Zone.SILVER), "week_start_date", "user_id")
    weeks = {FIRST: "eve", SECOND: "ann dan eve", THIRD: "ann bob dan eve", FOURTH: "ann bob cem dan eve"}
    assert held == [(str(monday), who) for monday, people in weeks.items() for who in people.split()]
    assert all(one["dates"] == 0 for one in normal_run().values())
