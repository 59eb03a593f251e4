"""Ties, the network and the groups: small weeks worked out by hand, and random words held against a plain replay."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from pyspark.sql import DataFrame

from lake_layout.contracts import Zone
from spark_jobs.gold.social import community_weekly, network_growth_daily
from spark_jobs.silver.social import ties

Words = list[dict[str, Any]]
MONDAY, SUNDAY, NEXT = date(2025, 3, 24), date(2025, 3, 30), date(2025, 3, 31)
NETWORK = ("event_date", "nodes", "edges", "new_edges", "lost_edges", "density")
COMMUNITY = (
    "week_start_date", "group_id", "members", "new_members", "left_members", "active_members", "retention",
)  # fmt: skip


def word(kind: str, who: str, whom: str | None, on: date, at: str = "10:00:00", name: str = "") -> dict[str, Any]:
    """An interaction; `whom` is a group where the kind is of one."""
    is_of_group = kind.endswith("_group") or kind == "share"
    aimed = {"group_id": whom} if is_of_group else {"target_user_id": whom}
    text = f"{on} {at}"
    return {
        "event_id": name or f"{kind} {who} {whom} {text}", "event_date": str(on), "occurred_at": text,
        "interaction_type": kind, "user_id": who, **aimed,
    }  # fmt: skip


@pytest.fixture
def acts(table: Callable[..., DataFrame]) -> Callable[[Words], DataFrame]:
    return lambda words: table("social/interactions", Zone.SILVER, words)


@pytest.fixture
def began(table: Callable[..., DataFrame], acts: Callable[[Words], DataFrame]) -> Callable[[Words], DataFrame]:
    """began(words): the ties of every week, from the first word on."""
    return lambda words: ties.transform(table("social/ties", Zone.SILVER, []), acts(words))


@pytest.fixture
def network(acts, began, values) -> Callable[[Words], list[tuple]]:
    return lambda words: values(network_growth_daily.transform(began(words), acts(words)), *NETWORK)


@pytest.fixture
def community(acts, began, values) -> Callable[[Words], list[tuple]]:
    return lambda words: values(community_weekly.transform(began(words), acts(words)), *COMMUNITY)


def test_a_day_ends_with_the_pairs_of_whom_the_last_word_is_a_follow(network) -> None:
    words = [
        word("follow", "ann", "bob", MONDAY),
        word("follow", "ann", "bob", MONDAY, "11:00:00"),
        word("follow", "ann", "ann", MONDAY),
        word("unfollow", "cem", "ann", MONDAY),
        word("follow", "cem", "bob", SUNDAY, "09:00:00"),
        word("unfollow", "cem", "bob", SUNDAY, "08:00:00"),
        word("like", "ann", "bob", NEXT),
        word("unfollow", "ann", "bob", NEXT + timedelta(days=1)),
        word("unfollow", "cem", "bob", NEXT + timedelta(days=1), "08:00:00"),
        word("follow", "cem", "bob", NEXT + timedelta(days=1), "09:00:00"),
        word("unfollow", "cem", "bob", NEXT + timedelta(days=2)),
    ]
    assert network(words) == [
        ("2025-03-24", 2, 1, 1, 0, "0.500000000000"),
        ("2025-03-30", 3, 2, 1, 0, "0.333333333333"),
        ("2025-03-31", 3, 2, 0, 0, "0.333333333333"),
        ("2025-04-01", 2, 1, 0, 1, "0.500000000000"),
        ("2025-04-02", 0, 0, 0, 1, None),
    ]


def test_of_two_words_of_one_instant_that_of_the_larger_id_counts(network) -> None:
    for first, second, edges in (("follow", "unfollow", 0), ("unfollow", "follow", 1)):
        words = [word(second, "ann", "bob", MONDAY, name="b"), word(first, "ann", "bob", MONDAY, name="a")]
        assert [row[2] for row in network(words)] == [edges]


def test_a_group_keeps_those_who_are_in_it_at_the_end_of_both_weeks(community) -> None:
    words = [
        *(word("join_group", who, "runners", MONDAY) for who in ("ann", "bob", "cem")),
        word("share", "ann", "runners", SUNDAY),
        word("share", "eve", "runners", SUNDAY),
        word("leave_group", "cem", "runners", NEXT),
        word("join_group", "dan", "runners", NEXT),
        word("leave_group", "bob", "runners", NEXT, "08:00:00"),
        word("join_group", "bob", "runners", NEXT, "09:00:00"),
        *(word(kind, "eve", "swimmers", NEXT) for kind in ("join_group", "share", "leave_group")),
        word("share", "cem", "runners", NEXT + timedelta(days=6)),
        word("like", "ann", "bob", NEXT + timedelta(days=6)),
    ]
    assert community(words) == [
        ("2025-03-24", "runners", 3, 3, 0, 1, None),
        ("2025-03-31", "runners", 3, 1, 1, 0, "0.6667"),
    ]


def test_a_week_without_its_sunday_is_not_reported(community) -> None:
    words = [word("join_group", "ann", "runners", MONDAY + timedelta(days=day)) for day in range(6)]
    assert community(words) == []
    # Half of an average day: 1 of 15 is less, 1 of 14 is not.
    likes = [word("like", "ann", "bob", MONDAY, f"10:00:0{number}") for number in range(8)]
    assert community([*words, *likes, word("like", "ann", "bob", SUNDAY)]) == []
    assert len(community([*words, *likes[1:], word("like", "ann", "bob", SUNDAY)])) == 1


def random_words(seed: int, weeks: int = 5) -> Words:
    """Few people and groups, many words: repeated, without a beginning, of one instant, some weeks without any."""
    source = random.Random(seed)
    people, groups = [f"user {number}" for number in range(7)], ["runners", "swimmers", "cyclists"]
    kinds = ("follow", "unfollow", "join_group", "leave_group", "share", "like")
    days = [MONDAY + timedelta(days=day) for day in range(7 * weeks) if day // 7 != 2 and source.random() < 0.8]
    words = []
    for number in range(60 * weeks):
        kind = source.choices(kinds, (8, 5, 4, 3, 2, 1))[0]
        whom = source.choice(groups if kind.endswith("_group") or kind == "share" else people)
        at = f"1{source.randrange(3)}:00:00"
        words.append(word(kind, source.choice(people), whom, source.choice(days), at, f"{source.random()} {number}"))
    return words


def held(words: Words, until: date, begins: str, ends: str, whom: str) -> set[tuple[str, str]]:
    """The pairs of whom the last word up to the end of a date began a tie."""
    said: dict[tuple[str, str], list[tuple[str, str, str, bool]]] = {}
    for one in words:
        if one["interaction_type"] in (begins, ends) and one["event_date"] <= str(until):
            order = (one["event_date"], one["occurred_at"], one["event_id"])
            said.setdefault((one["user_id"], one[whom]), []).append((*order, one["interaction_type"] == begins))
    return {pair for pair, order in said.items() if max(order)[-1] and pair[0] != pair[1]}


def follows(words: Words, until: date) -> set[tuple[str, str]]:
    return held(words, until, "follow", "unfollow", "target_user_id")


def members(words: Words, until: date) -> set[tuple[str, str]]:
    return held(words, until, "join_group", "leave_group", "group_id")


def share(part: int, whole: int, digits: int) -> str | None:
    if not whole:
        return None
    exact = Fraction(part * 10**digits, whole)
    rounded = (Decimal(exact.numerator) / exact.denominator).to_integral_value(ROUND_HALF_UP)
    return f"{rounded.scaleb(-digits):.{digits}f}"


def expected_network(words: Words) -> list[tuple]:
    found = []
    for on in sorted({date.fromisoformat(one["event_date"]) for one in words}):
        now, before = follows(words, on), follows(words, on - timedelta(days=1))
        nodes = len({who for pair in now for who in pair})
        density = share(len(now), nodes * (nodes - 1), 12)
        found.append((str(on), nodes, len(now), len(now - before), len(before - now), density))
    return found


def test_random_words_give_the_network_that_a_replay_of_each_day_gives(network) -> None:
    words = random_words(1)
    expected = expected_network(words)
    assert any(row[4] for row in expected) and any(row[3] for row in expected)
    assert network(words) == expected


def expected_community(words: Words) -> list[tuple]:
    found = []
    days = [date.fromisoformat(one["event_date"]) for one in words]
    for monday in sorted({day - timedelta(days=day.weekday()) for day in days}):
        sunday = monday + timedelta(days=6)
        if 14 * days.count(sunday) < sum(monday <= day <= sunday for day in days):
            continue
        now, before = members(words, sunday), members(words, monday - timedelta(days=1))
        acted = {
            (one["user_id"], one["group_id"])
            for one in words
            if one["interaction_type"] == "share" and str(monday) <= one["event_date"] <= str(sunday)
        }
        for group in sorted({group for _who, group in now | before}):
            inside, was, active = ({pair for pair in pairs if pair[1] == group} for pairs in (now, before, acted))
            kept = share(len(inside & was), len(was), 4)
            counts = (len(inside), len(inside - was), len(was - inside), len(inside & active))
            found.append((str(monday), group, *counts, kept))
    return found


def test_random_words_give_the_groups_that_a_replay_of_each_week_gives(community) -> None:
    words = random_words(2)
    expected = expected_community(words)
    assert len({row[0] for row in expected}) > 1 and any(row[4] for row in expected)
    assert community(words) == expected


def test_ties_made_of_an_earlier_week_are_those_made_from_the_beginning(acts, began, values) -> None:
    words = random_words(3)
    base = MONDAY + timedelta(weeks=1)
    whole = began(words)
    since = [one for one in words if one["event_date"] >= str(base)]
    made = ties.transform(whole.where(f"week_start_date = DATE'{base}'"), acts(since))
    shown = ("week_start_date", "tie_type", "user_id", "tied_to_id")
    expected = sorted(
        (str(monday), kind, *pair)
        for monday in (base + timedelta(weeks=number) for number in (0, 2, 3))
        for kind, found in (("follow", follows), ("membership", members))
        for pair in found(words, monday - timedelta(days=1))
    )
    assert values(made, *shown) == sorted(expected, key=str)
    assert values(whole.where(f"week_start_date >= DATE'{base}'"), *shown) == values(made, *shown)
