"""Building what is carried on from week to week: what a day moves, what it costs, and that a replay says the same."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake_layout.contracts import Zone, contract
from lake_layout.periods import Period
from spark_jobs import build, commits, read, write
from spark_jobs.affected_dates import every
from spark_jobs.release import whole_periods
from spark_jobs.verify import recomputed
from spark_jobs.verify.findings import Verdict
from spark_jobs.verify.recomputed import Sample
from tests.spark_jobs.gold.test_network_and_groups import (
    COMMUNITY,
    NETWORK,
    Words,
    expected_community,
    expected_network,
    word,
)

ACTS, TIES = contract("social/interactions"), contract("social/ties")
DAYS, WEEKS = contract("social/network_growth_daily"), contract("social/community_weekly")
BUILT = ((TIES, Zone.SILVER), (DAYS, Zone.GOLD), (WEEKS, Zone.GOLD))
BEFORE, FIRST, SECOND, LATER = date(2025, 2, 24), date(2025, 3, 3), date(2025, 3, 10), date(2025, 4, 7)
Run = Callable[..., dict[str, tuple[date, ...]]]


def after(monday: date, days: int) -> date:
    return monday + timedelta(days=days)


@pytest.fixture
def said() -> Words:
    """All words so far."""
    return []


@pytest.fixture
def say(spark: SparkSession, lake: Path, table, said: Words) -> Callable[..., None]:
    """say(words, unsaid): put words into silver and take away those of some dates, as one commit."""

    def put(words: Words, unsaid: tuple[date, ...] = ()) -> None:
        said[:] = [one for one in [*said, *words] if one["event_date"] not in {str(day) for day in unsaid}]
        dates = sorted({*(date.fromisoformat(one["event_date"]) for one in words), *unsaid})
        rows = [{**one, "_status": "accepted"} for one in said if date.fromisoformat(one["event_date"]) in dates]
        commit = commits.progress(ACTS, Zone.SILVER).plan({}, dates)
        write.replace_dates(table(ACTS.address, Zone.SILVER, rows), ACTS, Zone.SILVER, dates, commit)

    return put


@pytest.fixture
def run(spark: SparkSession, lake: Path) -> Run:
    """run(span): build ties, days and weeks; the dates that were replaced, by dataset."""

    def build_all(span: tuple[date, date] | None = None) -> dict[str, tuple[date, ...]]:
        done = {}
        for of, zone in BUILT:
            if build.build_dates(spark, of, zone, span)["dates"]:
                newest = commits.newest(of, zone)
                assert newest
                done[of.dataset] = newest.dates
        return done

    return build_all


@pytest.fixture
def rows(spark: SparkSession, lake: Path, values) -> Callable[[], tuple[list[Any], list[Any]]]:
    """The network and the groups, as they stand."""
    shown = ((DAYS, NETWORK), (WEEKS, COMMUNITY))
    return lambda: tuple(values(read.table(spark, of, Zone.GOLD), *names) for of, names in shown)


def expected(said: Words) -> tuple[list[Any], list[Any]]:
    return expected_network(said), expected_community(said)


def test_a_word_moves_its_day_and_all_later_weeks_and_none_before(say, run, rows, said) -> None:
    say([word("follow", "eve", "ann", BEFORE), word("follow", "ann", "bob", FIRST)])
    say([word("join_group", "ann", "runners", after(FIRST, 6)), word("follow", "cem", "bob", SECOND)])
    say([word("like", "ann", "bob", LATER)])
    assert run()["ties"] == (BEFORE, FIRST, SECOND, LATER)
    assert rows() == expected(said)

    # A day within a week costs no state, and a new week one.
    say([word("follow", "dan", "ann", after(LATER, 2)), word("share", "ann", "runners", after(LATER, 6))])
    done = run()
    assert "ties" not in done
    assert done["community_weekly"] == (LATER,)
    say([word("unfollow", "cem", "bob", after(LATER, 7))])
    assert run()["ties"] == (after(LATER, 7),)
    assert rows() == expected(said)
    newest = commits.newest(TIES, Zone.SILVER)
    assert newest and {one.name: one.row_count for one in newest.read} == {
        "social/ties@silver": 4,
        "social/interactions@silver": 4,
    }

    # Five weeks late; the week of the word itself began before it.
    say([word("unfollow", "ann", "bob", after(FIRST, 4)), word("leave_group", "ann", "runners", after(SECOND, 6))])
    done = run()
    assert done["ties"] == (SECOND, LATER, after(LATER, 7))
    assert min(done["network_growth_daily"]) == after(FIRST, 4)
    assert min(done["community_weekly"]) == FIRST
    assert rows() == expected(said)
    assert run() == {}

    # A week of which nothing is left.
    say([], unsaid=(SECOND, after(SECOND, 6)))
    assert run()["ties"] == (SECOND, LATER, after(LATER, 7))
    assert rows() == expected(said)


def test_a_range_rebuilds_its_weeks_from_what_stands_before_them_and_moves_no_position(
    spark: SparkSession, say, run, rows, said
) -> None:
    say([word("follow", "ann", "bob", FIRST), word("follow", "bob", "ann", SECOND), word("like", "ann", "bob", LATER)])
    assert whole_periods.waiting(Period.WEEK) == []
    say([word("join_group", "ann", "runners", after(SECOND, 6))])
    assert whole_periods.waiting(Period.WEEK) == ["2025-03-10"]
    run()
    assert whole_periods.waiting(Period.WEEK) == []
    before, position = rows(), commits.progress(TIES, Zone.SILVER).consumed
    say([word("follow", "cem", "ann", after(FIRST, 1))])
    assert run((after(SECOND, 3), after(SECOND, 6))) == {
        "ties": (SECOND,),
        "network_growth_daily": every(after(SECOND, 3), after(SECOND, 6)),
        "community_weekly": (SECOND,),
    }
    assert commits.progress(TIES, Zone.SILVER).consumed == position
    assert rows() != before
    run()
    assert rows() == expected(said)
    for of, zone in BUILT:
        [told] = recomputed.check(spark, of, zone, Sample(9))
        assert told.verdict is Verdict.GOOD and "the same rows" in told.words, told
    # Each week by itself, from the one before it.
    [told] = recomputed.check(spark, TIES, Zone.SILVER, Sample(9, span=(LATER, LATER)))
    assert (told.verdict, told.words) == (Verdict.GOOD, "2025-04-07: the same rows")
