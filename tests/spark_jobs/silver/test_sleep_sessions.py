"""Sleep sessions: the day of waking, naps, stages that sum, several recorders of one night."""

import pytest
from pyspark.sql import functions as F

from spark_jobs.silver.wearables import sleep_sessions

WATCH = {"device_id": "watch", "user_id": "ann", "priority": 1}
PHONE = {"device_id": "phone", "user_id": "ann", "priority": 2}
MAT = {"device_id": "mat", "user_id": "bob", "priority": 3}


def stage(session: str, stage: str, start: str, end: str, **changes):
    begins, ends = f"2025-03-{start}:00", f"2025-03-{end}:00"
    return {
        "sleep_session_id": session, "sleep_stage": stage, "measured_at": begins, "interval_end": ends, **changes
    }  # fmt: skip


@pytest.fixture
def sessions(metrics, devices, users):
    def build(*stages):
        rows = sleep_sessions.transform(metrics("sleep", *stages), devices(WATCH, PHONE, MAT), users())
        none = F.array().cast("array<string>")
        bad = F.when(F.col("sleep_session_id") == "bad", F.array(F.lit("bad"))).otherwise(none)
        return sleep_sessions.merge(rows.withColumn("_reasons", bad))

    return build


def test_a_night_belongs_to_the_date_of_waking_and_its_stages_sum_to_the_time_in_bed(sessions, values):
    night = sessions(
        stage("n", "awake", "24 22:00", "24 22:10"),
        stage("n", "light", "24 22:10", "25 01:00"),
        stage("n", "deep", "25 01:00", "25 02:00"),
        stage("n", "rem", "25 02:00", "25 02:30"),
        stage("n", "asleep", "25 02:30", "25 05:00"),
    )
    seconds = [f"seconds_{name}" for name in ("in_bed", "awake", "light", "deep", "rem", "asleep")]
    assert values(night, "event_date", "started_at", "ended_at", "is_nap", *seconds) == [
        ("2025-03-25", "2025-03-24 22:00:00", "2025-03-25 05:00:00", False, 25200, 600, 10200, 3600, 1800, 24600)
    ]
    assert [row["sleep_stage"] for row in night.first()["stages"]] == ["awake", "light", "deep", "rem", "asleep"]


def test_the_offset_of_the_last_stage_gives_the_date(sessions, values):
    flight = sessions(
        stage("n", "light", "24 20:00", "24 21:00", measured_offset_minutes=0),
        stage("n", "deep", "24 21:00", "24 23:30", measured_offset_minutes=60),
    )
    assert values(flight, "event_date", "utc_offset_minutes") == [("2025-03-25", 60)]


def test_a_nap_is_short_and_begins_by_day(sessions, values):
    naps = sessions(
        stage("at nine", "light", "24 09:00", "24 11:59"),
        stage("before nine", "light", "25 08:59", "25 10:00"),
        stage("too long", "light", "26 12:00", "26 15:00"),
        stage("at nine in the evening", "light", "27 21:00", "27 22:00"),
        stage("by the wrist", "light", "28 07:30", "28 08:00", measured_offset_minutes=120),
        stage("without clock times", "light", "29 12:00", "29 13:00", is_time_estimated=True),
    )
    assert [row[0] for row in values(naps.where("is_nap"), "sleep_session_id")] == ["at nine", "by the wrist"]


def test_a_night_that_two_devices_saw_counts_once(sessions, values):
    night = sessions(
        stage("watch night", "light", "24 22:00", "25 05:00"),
        stage("phone night", "light", "24 21:00", "25 06:00", device_id="phone"),
        stage("phone nap", "light", "25 13:00", "25 14:00", device_id="phone"),
        stage("bob's night", "light", "24 22:00", "25 05:00", device_id="mat"),
    )
    assert values(night.where("is_superseded"), "sleep_session_id") == [("phone night",)]


def test_stays_that_only_touch_both_count(sessions, values):
    both = sessions(
        stage("a", "light", "24 22:00", "24 23:00"), stage("b", "light", "24 23:00", "25 05:00", device_id="phone")
    )
    assert values(both, "is_superseded") == [(False,), (False,)]


def test_a_rejected_stay_supersedes_nothing(sessions, values):
    stays = sessions(
        stage("bad", "light", "24 22:00", "25 05:00"),
        stage("good", "light", "24 22:00", "25 05:00", device_id="phone"),
    )
    assert values(stays, "sleep_session_id", "is_superseded") == [("bad", False), ("good", False)]


def test_the_owner_is_who_wears_the_watch_at_the_end(metrics, devices, users, values):
    owners = devices(
        {**WATCH, "owned_to": "2025-03-25 00:00:00"},
        {**WATCH, "user_id": "bob", "owned_from": "2025-03-25 00:00:00"},
    )
    night = metrics("sleep", stage("n", "light", "24 22:00", "25 05:00"))
    assert values(sleep_sessions.transform(night, owners, users()), "user_id") == [("bob",)]
