"""Gold of people: days in the app, interactions, engagement and conversations from small silver tables."""

import random
from datetime import date, timedelta

from lake_layout.contracts import Zone
from spark_jobs.gold.ai_coach import conversation_quality_daily
from spark_jobs.gold.app import user_sessions_daily
from spark_jobs.gold.social import engagement_daily, interaction_frequency

DAY = "2025-03-24"


def span(begins: str, ends: str) -> dict[str, str]:
    return {"started_at": f"{DAY} {begins}", "ended_at": f"{DAY} {ends}"}


def test_a_session_from_the_day_before_adds_time_and_no_session(table, values):
    row = {"event_date": DAY, "user_id": "ann", "event_count": 2, "screen_count": 1}
    rows = [
        {**row, **span("00:01:00", "00:03:00"), "duration_ms": 400, "is_continued": True},
        {**row, **span("09:00:00", "09:00:05"), "duration_ms": 5100, "is_continued": False},
    ]
    days = user_sessions_daily.transform(table("app/user_sessions", Zone.SILVER, rows))
    shown = ("session_count", "event_count", "screen_count", "seconds_in_app", "first_seen_at", "last_seen_at")
    assert values(days, *shown) == [(1, 4, 2, 6, f"{DAY} 00:01:00", f"{DAY} 09:00:05")]


def test_interactions_are_counted_by_type_and_targets_once(table, values):
    like = {"event_date": DAY, "user_id": "ann", "interaction_type": "like", "target_user_id": "bob"}
    join = {**like, "interaction_type": "join_group", "target_user_id": None, "group_id": "runners"}
    rows = table("social/interactions", Zone.SILVER, [like, like, {**like, "target_user_id": "cem"}, join])
    shown = ("interaction_type", "interaction_count", "target_count", "group_count")
    assert values(interaction_frequency.transform(rows), *shown) == [("join_group", 1, 0, 1), ("like", 3, 2, 0)]


def engagement(table, visits, acts):
    sessions = [{"user_id": who, "event_date": str(on), "session_count": count} for who, on, count in visits]
    interactions = [
        {"user_id": who, "event_date": str(on), "interaction_type": kind, "interaction_count": count}
        for who, on, kind, count in acts
    ]
    return engagement_daily.transform(
        table("app/user_sessions_daily", Zone.GOLD, sessions),
        table("social/interaction_frequency", Zone.GOLD, interactions),
    )


def test_a_person_counts_for_seven_days_and_for_thirty(table, values):
    first = date(2025, 3, 1)
    visits = [("ann", first, 2), *(("bob", first + timedelta(days=day), 1) for day in (6, 7, 29, 30))]
    found = engagement(table, visits, [("bob", first + timedelta(days=6), "like", 3)])
    shown = ("event_date", "daily_active_users", "weekly_active_users", "monthly_active_users", "stickiness")
    assert values(found, *shown) == [
        ("2025-03-01", 1, 1, 1, "1.0000"),
        ("2025-03-07", 1, 2, 2, "0.5000"),
        ("2025-03-08", 1, 1, 2, "0.5000"),
        ("2025-03-30", 1, 1, 2, "0.5000"),
        ("2025-03-31", 1, 1, 1, "1.0000"),
    ]
    on_seventh = found.where("event_date = DATE'2025-03-07'")
    assert values(on_seventh, "app_users", "interacting_users", "session_count", "interaction_count") == [(1, 1, 1, 3)]


def test_who_does_not_open_the_app_but_acts_is_active(table, values):
    found = engagement(table, [("ann", DAY, 0)], [("bob", DAY, "like", 1), ("bob", DAY, "share", 2)])
    shown = ("daily_active_users", "app_users", "interacting_users", "interaction_count", "interaction_rate")
    assert values(found, *shown) == [(2, 1, 1, 3, "0.5000")]


def test_random_days_equal_sets_of_people(table):
    source, first = random.Random(7), date(2025, 1, 1)
    people, days = [f"user {number}" for number in range(40)], [first + timedelta(days=day) for day in range(90)]
    seen = {(who, on) for who in people for on in days if source.random() < source.choice((0.02, 0.3))}
    found = engagement(table, [(who, on, 1) for who, on in seen], [])
    names = ("daily_active_users", "weekly_active_users", "monthly_active_users")
    counts = {row["event_date"]: tuple(row[name] for name in names) for row in found.collect()}

    def together(on: date, length: int) -> int:
        return len({who for who, day in seen if 0 <= (on - day).days < length})

    expected = {on: tuple(together(on, length) for length in (1, 7, 30)) for on in {day for _who, day in seen}}
    assert counts == expected


def turn(role: str, **changes):
    common = {"event_date": DAY, "conversation_id": "c", "user_id": "ann", "intent": "sleep", "tokens": 10}
    return {**common, "role": role, **changes}


def test_answers_give_latency_and_rating_and_questions_do_not(table, values):
    answers = [turn("coach", latency_ms=latency) for latency in range(1, 21)]
    rows = [
        turn("user", latency_ms=9_999, rating=1, tokens=None),
        *answers,
        turn("coach", rating=4, user_id="bob", conversation_id="d"),
        turn("coach", rating=5),
        turn("coach", rating=5),
        turn("user", intent=None),
    ]
    found = conversation_quality_daily.transform(table("ai_coach/conversation_turns", Zone.SILVER, rows))
    counts = ("intent", "conversation_count", "user_count", "user_turns", "coach_turns", "tokens")
    assert values(found, *counts) == [("sleep", 2, 2, 1, 23, 230), ("unknown", 1, 1, 1, 0, 10)]
    shown = ("intent", "latency_avg_ms", "latency_p95_ms", "latency_max_ms", "rating_count", "rating_avg")
    assert values(found, *shown) == [("sleep", 11, 19, 20, 3, "4.67"), ("unknown", None, None, None, 0, None)]
