"""Which weeks of ties a day moves, and what they are made of, as the logs of the lake tell it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from spark_jobs import affected_dates, carried_state, commits, compute, storage
from spark_jobs.affected_dates import every
from spark_jobs.backfill.reach import reached
from spark_jobs.staged import Staged

TIES, ACTS, NETWORK = contract("social/ties"), contract("social/interactions"), contract("social/network_growth_daily")
# Mondays; nothing happened in the weeks between the last two.
FIRST, SECOND, THIRD, LATER = (date(2025, 3, 3) + timedelta(weeks=number) for number in (0, 1, 2, 6))
pytestmark = pytest.mark.usefixtures("own_lake")


def write(address: str, days: Iterable[date]) -> None:
    """Make the table hold a row on each of these dates and no other."""
    of = contract(address)
    rows = [{of.partition: day, "_status": tables.ACCEPTED, "user_id": "ann"} for day in days]
    schema = pa.schema({of.partition: pa.date32(), "_status": pa.string(), "user_id": pa.string()})
    path = storage.local_path(tables.path(of, Zone.SILVER))
    assert path
    commit = commits.progress(of, Zone.SILVER).plan({})
    write_deltalake(
        path,
        pa.Table.from_pylist(rows, schema),
        mode="overwrite",
        partition_by=["_status", of.partition],
        commit_properties=CommitProperties(custom_metadata={"userMetadata": commit.as_json()}),
    )


def after(monday: date, days: int) -> date:
    return monday + timedelta(days=days)


@pytest.fixture
def weeks() -> None:
    """Interactions of four weeks, and the ties that these began with: none the first, the last is yet to be built."""
    write("social/interactions", [after(FIRST, 1), after(SECOND, 2), THIRD, LATER])
    write("social/ties", [SECOND, THIRD])


def test_a_day_moves_every_later_week_with_interactions_and_none_before(weeks: None) -> None:
    assert carried_state.reached(TIES, [after(FIRST, 6)]) == (FIRST, SECOND, THIRD, LATER)
    assert carried_state.reached(TIES, [after(SECOND, 6)]) == (THIRD, LATER)


def test_a_day_of_a_week_that_has_begun_moves_nothing_and_that_of_a_new_one_begins_it(weeks: None) -> None:
    write("social/ties", [SECOND, THIRD, LATER])
    assert carried_state.reached(TIES, [after(LATER, 3)]) == ()
    assert carried_state.reached(TIES, [after(LATER, 7)]) == (after(LATER, 7),)
    assert carried_state.reached(TIES, []) == ()


def test_a_week_whose_interactions_are_gone_is_emptied_and_those_after_it_are_made_anew(weeks: None) -> None:
    write("social/interactions", [after(FIRST, 1), THIRD, LATER])
    assert carried_state.reached(TIES, [after(SECOND, 2)]) == (SECOND, THIRD, LATER)


def test_a_week_is_made_of_the_newest_before_it_and_of_what_was_said_since(weeks: None) -> None:
    pins = compute.input_pins(TIES, commits.progress(TIES, Zone.SILVER))
    assert compute.wanted(TIES, pins, (LATER,)) == {"before": (THIRD,), "interactions": (THIRD, LATER)}
    days = (after(FIRST, 1), after(SECOND, 2), THIRD)
    assert compute.wanted(TIES, pins, (SECOND, THIRD)) == {"before": (), "interactions": days}


def test_staged_weeks_are_made_of_no_week_that_came_up_among_them(weeks: None) -> None:
    aside = Staged(1, TIES, Zone.SILVER, (SECOND, LATER))
    found = compute.input_pins(TIES, commits.progress(TIES, Zone.SILVER))
    pins = {name: replace(one, staged=aside) if one.of == TIES else one for name, one in found.items()}
    # The third week stands, but as it was before the second is another one.
    days = (after(FIRST, 1), after(SECOND, 2), THIRD, LATER)
    assert compute.wanted(TIES, pins, aside.dates) == {"before": (), "interactions": days}


def test_weeks_that_lie_apart_are_each_made_of_their_own_week_before() -> None:
    standing = [FIRST, SECOND, THIRD, LATER]
    assert list(carried_state.parts([SECOND, LATER], standing)) == [(FIRST, (SECOND,)), (THIRD, (LATER,))]
    assert list(carried_state.parts([SECOND, THIRD], standing)) == [(FIRST, (SECOND, THIRD))]
    assert carried_state.states_near([SECOND, LATER], standing) == (FIRST, THIRD)
    days = every(after(FIRST, -7), after(LATER, 70))
    read = carried_state.days_near(TIES, [SECOND, LATER], standing, [*days, date.max])
    assert read == (*every(FIRST, after(SECOND, 6)), *every(THIRD, after(LATER, 6)))


def test_what_a_table_carries_on_is_no_news_to_it(weeks: None) -> None:
    pins = compute.input_pins(TIES, commits.progress(TIES, Zone.SILVER))
    assert not pins["before"].has_news()
    assert pins["interactions"].has_news()


def test_a_day_of_the_network_reads_the_ties_of_its_week_and_a_week_moves_its_seven_days(weeks: None) -> None:
    tuesday = after(THIRD, 1)
    assert affected_dates.near(NETWORK, (tuesday,), TIES) == (THIRD,)
    assert affected_dates.near(NETWORK, (tuesday,), ACTS) == every(after(tuesday, -6), tuesday)
    found = {one.of.address: one.dates for one in reached("social/ties", THIRD, THIRD)}
    assert found["social/ties"] == (THIRD,)
    assert found["social/community_weekly"] == (THIRD,)
    assert found["social/network_growth_daily"] == every(THIRD, after(THIRD, 6))


def test_a_backfill_of_a_day_reaches_all_later_weeks_and_their_days(weeks: None) -> None:
    found = {one.of.address: one.dates for one in reached("social/social_events", after(SECOND, 3), after(SECOND, 3))}
    assert found["social/ties"] == (THIRD, LATER)
    assert found["social/community_weekly"] == (SECOND, THIRD, LATER)
    assert {after(SECOND, 3), THIRD, after(LATER, 6)} <= set(found["social/network_growth_daily"])
    assert min(found["social/network_growth_daily"]) == after(SECOND, 2)
