"""Sessions of the app: what ends one, what midnight does to it, and thousands of random people against a reference."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pyspark.sql import functions as F

from lake_layout.contracts import Zone
from spark_jobs.silver.app import user_sessions
from tests.spark_jobs.chance import chance
from tests.spark_jobs.edges_of_time import MINUTE, ZONES, edge, local_day, offset_at

PAUSE = 30 * MINUTE


@pytest.fixture
def sessions(table, users):
    def build(*events):
        defaults = {"user_id": "ann", "event_type": "screen_viewed", "occurred_offset_minutes": 0, "platform": "ios"}
        rows = [{"event_id": f"e{at:03}", **defaults, **event} for at, event in enumerate(events)]
        return user_sessions.transform(table("app/user_events", Zone.BRONZE, rows), users())

    return build


def event(at: str, **changes):
    return {"occurred_at": f"2025-03-{at}", **changes}


def test_a_pause_of_thirty_minutes_goes_on_and_a_longer_one_ends_the_session(sessions, values):
    found = sessions(event("24 10:00:00"), event("24 10:30:00"), event("24 11:00:00.001"))
    assert values(found, "started_at", "ended_at", "duration_ms", "event_count", "is_continued") == [
        ("2025-03-24 10:00:00", "2025-03-24 10:30:00", PAUSE, 2, False),
        ("2025-03-24 11:00:00.001", "2025-03-24 11:00:00.001", 0, 1, False),
    ]


def test_a_session_across_midnight_has_a_row_on_each_date_and_no_second_is_lost(sessions, values):
    found = sessions(event("24 23:50:00"), event("24 23:58:00"), event("25 00:10:00"), event("25 00:11:00"))
    assert values(found, "event_date", "duration_ms", "event_count", "is_continued") == [
        ("2025-03-24", 20 * MINUTE, 2, False),
        ("2025-03-25", 1 * MINUTE, 2, True),
    ]


def test_midnight_is_that_of_the_wrist(sessions, values):
    found = sessions(
        event("24 22:50:00", occurred_offset_minutes=60),
        event("24 23:10:00", occurred_offset_minutes=60),
        event("24 23:30:00", occurred_offset_minutes=None),
    )
    assert values(found, "event_date", "event_count", "is_offset_assumed") == [
        ("2025-03-24", 1, False),
        ("2025-03-25", 2, True),
    ]


def test_a_flight_over_the_date_line_brings_a_date_back_and_the_session_has_it_once(sessions, values):
    found = sessions(
        event("24 11:50:00", occurred_offset_minutes=720),
        event("24 12:10:00", occurred_offset_minutes=720),
        event("24 12:20:00", occurred_offset_minutes=-660),
    )
    assert values(found, "event_date", "duration_ms", "event_count", "is_continued") == [
        ("2025-03-24", 20 * MINUTE, 2, False),
        ("2025-03-25", 10 * MINUTE, 1, True),
    ]


def test_an_event_sent_twice_counts_once_and_people_do_not_meet(sessions, values):
    twice = event("24 10:00:00", event_id="same")
    found = sessions(twice, twice, event("24 10:01:00", user_id="bob", event_type="app_opened"))
    assert values(found, "user_id", "event_count", "screen_count") == [("ann", 1, 1), ("bob", 1, 0)]


def test_the_first_event_tells_platform_version_and_offset(sessions, values):
    found = sessions(
        event("24 10:05:00", platform="web", app_version="2", occurred_offset_minutes=60),
        event("24 10:00:00", platform="ios", app_version="1", occurred_offset_minutes=0),
    )
    assert values(found, "platform", "app_version", "utc_offset_minutes") == [("ios", "1", 0)]


def test_a_date_needs_no_more_than_its_neighbours(sessions, values):
    """Somebody who never pauses for four days: each date is the same when all others but its neighbours are gone."""
    moments = [datetime(2025, 3, 24, tzinfo=UTC) + timedelta(minutes=20 * step) for step in range(4 * 72)]
    all_four = [event(f"{at:%d %H:%M:%S}") for at in moments]
    shown = ("event_date", "started_at", "duration_ms", "event_count", "is_continued")
    for on in (25, 26):
        near = [event(f"{at:%d %H:%M:%S}") for at in moments if abs(at.day - on) <= 1]
        of_date = F.col("event_date") == F.lit(date(2025, 3, on))
        assert values(sessions(*near).where(of_date), *shown) == values(sessions(*all_four).where(of_date), *shown)


def test_three_thousand_random_people_equal_an_event_by_event_reference(spark):
    """They begin before awkward times; some fly about, over the date line too, and some events know no offset."""
    rows, zones, source = [], {}, chance("user sessions")
    for person in range(3_000):
        zone = zones[f"user {person}"] = source.choice(ZONES)
        at = edge(source, zone) - source.randrange(3 * PAUSE)
        for number in range(source.randint(1, 12)):
            gap = source.choice((0, 1, MINUTE, PAUSE - 1, PAUSE, PAUSE + 1, 2 * PAUSE, source.randrange(2 * PAUSE)))
            at += gap
            zone = source.choice(ZONES) if source.random() < 0.1 else zone
            offset = offset_at(zone, at) if source.random() < 0.8 else None
            kind = source.choice(("screen_viewed", "app_opened"))
            rows.append((f"user {person}", f"{person}-{number:02}", at, offset, kind))
    source.shuffle(rows)
    users = spark.createDataFrame(list(zones.items()), "user_id string, time_zone string").withColumns(
        {"valid_from": F.timestamp_millis(F.lit(0)), "valid_to": F.lit(None).cast("timestamp")}
    )
    schema = "user_id string, event_id string, at bigint, occurred_offset_minutes int, event_type string"
    events = spark.createDataFrame(rows, schema).withColumn("occurred_at", F.timestamp_millis("at")).drop("at")
    landed = {"_logged_at": F.lit("2025-01-01").cast("timestamp"), "_origin": F.lit("o"), "_partition": F.lit(0)}
    more = {"_offset": F.monotonically_increasing_id(), "platform": F.lit("ios"), "app_version": F.lit("1")}
    found = user_sessions.transform(events.withColumns({**landed, **more}), users)
    counted = ("event_count", "screen_count", "duration_ms", "is_continued", "utc_offset_minutes")
    shown = ("user_id", F.col("event_date").cast("string"), F.unix_millis("started_at"), F.unix_millis("ended_at"))
    known = [(*row[:3], offset_at(zones[row[0]], row[2]) if row[3] is None else row[3], row[4]) for row in rows]
    assert sorted(tuple(row) for row in found.select(*shown, *counted).collect()) == sorted(_reference(known))


def _reference(rows):
    """Each user's events in time: the part of the session on an event's date grows, or a new one begins."""
    people = {}
    for row in rows:
        people.setdefault(row[0], []).append(row)
    for user, events in people.items():
        events.sort(key=lambda one: (one[2], one[1]))
        session = []
        for number, (_user, _id, at, offset, kind) in enumerate(events):
            if number and at - events[number - 1][2] > PAUSE:
                yield from _parts(user, session)
                session = []
            following = events[number + 1][2] - at if number + 1 < len(events) else PAUSE + 1
            session.append((at, offset, kind, following if following <= PAUSE else 0))
        yield from _parts(user, session)


def _parts(user, session):
    dates = [str(local_day(at, offset)) for at, offset, _kind, _following in session]
    for on in dict.fromkeys(dates):
        mine = [one for one, its in zip(session, dates, strict=True) if its == on]
        screens = sum(kind == "screen_viewed" for _at, _o, kind, _f in mine)
        lasted = sum(following for _at, _o, _k, following in mine)
        yield (user, on, mine[0][0], mine[-1][0], len(mine), screens, lasted, on != dates[0], mine[0][1])
