"""Building silver and gold: what arrives moves its dates and no others, and a range gives the same rows again."""

from datetime import date

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from spark_jobs import affected_dates, build, commits

METRICS, READINGS = "wearables/health_metrics", "wearables/heart_rate_readings"
STEPS = "wearables/step_intervals"
MONDAY, TUESDAY, WEDNESDAY = (date(2025, 3, day) for day in (24, 25, 26))


def heart_rate(at: str, bpm: float = 60, **changes) -> dict:
    day = at[:10]
    return {
        "event_id": at, "device_id": "watch", "metric_type": "heart_rate", "value": bpm, "unit": "bpm",
        "measured_at": at, "measured_offset_minutes": 0, "_event_date": day, "sent_at": at, **changes,
    }  # fmt: skip


def owner(read_at: str, user_id: str, owned_from: str = "2020-01-01", **changes) -> dict:
    return {
        "device_id": "watch", "user_id": user_id, "priority": 1, "owned_from": owned_from,
        "_logged_at": read_at, "_event_date": read_at, **changes,
    }  # fmt: skip


def test_a_late_event_moves_its_day_and_no_other(spark, land, silver, rows_of):
    land(METRICS, *(heart_rate(f"2025-03-{day} 10:00:00") for day in (10, 24, 25)))
    assert silver(READINGS)["rows"] == 3
    land(METRICS, heart_rate("2025-03-10 10:05:00", 75))
    assert silver(READINGS)["dates"] == 3
    assert commits.newest(contract(READINGS), Zone.SILVER).dates == affected_dates.every(
        date(2025, 3, 9), date(2025, 3, 11)
    )
    assert rows_of(READINGS, "measured_at", "heart_rate_bpm") == [
        ("2025-03-10 10:00:00", 60),
        ("2025-03-10 10:05:00", 75),
        ("2025-03-24 10:00:00", 60),
        ("2025-03-25 10:00:00", 60),
    ]


def test_a_run_without_news_writes_nothing(spark, land, silver):
    land(METRICS, heart_rate("2025-03-24 10:00:00"))
    silver(READINGS)
    before = commits.newest(contract(READINGS), Zone.SILVER)
    assert silver(READINGS) == {"dates": 0, "rows": 0, "held": 0}
    assert commits.newest(contract(READINGS), Zone.SILVER) == before


def test_what_was_sent_later_than_restated_is_held_for_a_ranged_run(land, silver, rows_of):
    land(METRICS, heart_rate("2025-03-24 10:00:00", sent_at="2025-04-29 10:00:00"))
    assert silver(READINGS) == {"dates": 0, "rows": 0, "held": 1}
    assert silver(READINGS, MONDAY, MONDAY)["rows"] == 1


def test_implausible_and_incomplete_rows_are_rejected_beside_the_others(land, silver, rows_of):
    land(
        METRICS,
        heart_rate("2025-03-24 10:00:00"),
        heart_rate("2025-03-24 10:01:00", 900),
        heart_rate("2025-03-24 10:02:00", unit="Hz"),
    )
    silver(READINGS)
    found = {row[0]: row[1:] for row in rows_of(READINGS, "measured_at", "_status", "_reasons")}
    assert found["2025-03-24 10:00:00"] == (tables.ACCEPTED, [])
    assert found["2025-03-24 10:01:00"][0] == tables.REJECTED
    assert found["2025-03-24 10:02:00"] == (tables.REJECTED, ["missing: heart_rate_bpm"])


def test_a_range_rebuilds_exactly_its_dates_with_the_same_rows_and_moves_no_position(spark, land, silver, rows_of):
    land(METRICS, *(heart_rate(f"2025-03-{day} 23:30:00", measured_offset_minutes=60) for day in (23, 24, 25)))
    silver(READINGS)
    shown = ("event_date", "measured_at", "user_id", "heart_rate_bpm")
    before, position = rows_of(READINGS, *shown), commits.progress(contract(READINGS), Zone.SILVER).consumed
    land(METRICS, heart_rate("2025-03-26 10:00:00"))
    assert silver(READINGS, MONDAY, TUESDAY)["rows"] == 2
    assert rows_of(READINGS, *shown) == before
    assert commits.progress(contract(READINGS), Zone.SILVER).consumed == position
    assert commits.newest(contract(READINGS), Zone.SILVER).dates == (MONDAY, TUESDAY)
    silver(READINGS)
    assert [row[0] for row in rows_of(READINGS, "event_date")] == [
        "2025-03-24", "2025-03-25", "2025-03-26", "2025-03-26",
    ]  # fmt: skip


def test_the_same_event_with_another_offset_is_found_next_door(land, silver, rows_of):
    at = "2025-03-24 23:30:00"
    land(METRICS, heart_rate(at, 60, _offset=1))
    silver(READINGS)
    land(METRICS, heart_rate(at, 99, measured_offset_minutes=60, _offset=2))
    silver(READINGS)
    silver(READINGS, TUESDAY, TUESDAY)
    assert rows_of(READINGS, "event_date", "heart_rate_bpm") == [("2025-03-24", 60)]


def test_an_owner_who_appears_late_restates_the_days_of_the_watch(spark, land, silver, rows_of):
    land(METRICS, heart_rate("2025-03-24 10:00:00"), heart_rate("2025-03-24 11:00:00", device_id="other"))
    land(METRICS, heart_rate("2025-03-28 10:00:00", device_id="other"))
    silver(READINGS)
    assert {row[0] for row in rows_of(READINGS, "user_id")} == {None}
    land("app_db/devices", owner("2025-03-29", "ann"))
    silver("app_db/devices")
    silver(READINGS)
    assert commits.newest(contract(READINGS), Zone.SILVER).dates == affected_dates.every(date(2025, 3, 23), TUESDAY)
    assert rows_of(READINGS, "device_id", "user_id") == [("other", None), ("other", None), ("watch", "ann")]


def test_a_watch_that_is_handed_on_restates_only_what_changes_hands(spark, land, silver, rows_of):
    land("app_db/devices", owner("2025-03-24", "ann"))
    land(METRICS, *(heart_rate(f"2025-03-{day} 10:00:00") for day in (10, 20, 26)))
    silver("app_db/devices")
    silver(READINGS)
    handed_on = {"owned_to": "2025-03-25 12:00:00"}
    land(
        "app_db/devices",
        owner("2025-03-27", "ann", **handed_on),
        owner("2025-03-27", "bob", owned_from="2025-03-25 12:00:00"),
    )
    silver("app_db/devices")
    silver(READINGS)
    assert commits.newest(contract(READINGS), Zone.SILVER).dates == affected_dates.every(TUESDAY, date(2025, 3, 27))
    assert [row[0] for row in rows_of(READINGS, "user_id")] == ["ann", "ann", "bob"]


def test_a_phone_that_a_watch_covered_counts_for_the_one_it_is_handed_to(spark, land, silver, rows_of):
    steps = {"metric_type": "steps", "unit": "count", "interval_end": "2025-03-24 10:10:00"}
    land("app_db/devices", owner("2025-03-24", "ann"), owner("2025-03-24", "ann", device_id="phone", priority=2))
    at = "2025-03-24 10:00:00"
    land(METRICS, heart_rate(at, 100, **steps), heart_rate(at, 90, **steps, device_id="phone", event_id="phone"))
    silver("app_db/devices")
    silver(STEPS)
    assert rows_of(STEPS, "user_id", "device_id", "steps") == [("ann", "watch", 100)]
    land(
        "app_db/devices",
        owner("2025-03-25", "ann"),
        owner("2025-03-25", "bob", device_id="phone", priority=2, owned_from="2025-03-24 09:00:00"),
    )
    silver("app_db/devices")
    silver(STEPS)
    assert rows_of(STEPS, "user_id", "device_id", "steps") == [("ann", "watch", 100), ("bob", "phone", 90)]


def test_a_user_who_changes_nothing_but_the_city_restates_nothing(land, silver):
    user = {
        "user_id": "ann",
        "time_zone": "UTC",
        "city": "Rome",
        "_logged_at": "2025-03-24",
        "_event_date": "2025-03-24",
    }
    land("app_db/users", user)
    land("app_db/devices", owner("2025-03-24", "ann"))
    land(METRICS, heart_rate("2025-03-24 10:00:00"))
    for address in ("app_db/users", "app_db/devices", READINGS):
        silver(address)
    land("app_db/users", {**user, "city": "Oslo", "_logged_at": "2025-03-25", "_event_date": "2025-03-25"})
    assert silver("app_db/users")["rows"] == 2
    assert silver(READINGS)["dates"] == 0


def test_a_date_whose_rows_are_gone_becomes_empty_down_to_gold(land, silver, rows_of):
    windows = "health/heart_rate_1m"
    land("app_db/devices", owner("2025-03-24", "ann"))
    silver("app_db/devices")
    land(METRICS, heart_rate("2025-03-24 10:00:00"), heart_rate("2025-03-26 10:00:00"))
    silver(READINGS)
    silver(windows, zone=Zone.GOLD)
    assert rows_of(windows, "event_date", zone=Zone.GOLD) == [("2025-03-24",), ("2025-03-26",)]
    gone = {"owned_to": "2025-03-25"}
    land("app_db/devices", owner("2025-03-27", "ann", **gone))
    silver("app_db/devices")
    silver(READINGS)
    silver(windows, zone=Zone.GOLD)
    assert rows_of(windows, "event_date", zone=Zone.GOLD) == [("2025-03-24",)]


def test_a_history_takes_each_snapshot_once(spark, land, silver):
    land("app_db/devices", owner("2025-03-24", "ann"))
    assert silver("app_db/devices") == {"rows": 1}
    assert silver("app_db/devices") == {"rows": 0}


def test_running_a_zone_builds_inputs_before_those_who_read_them(spark, land, lake, rows_of):
    land("app_db/devices", owner("2025-03-24", "ann"))
    land(METRICS, *(heart_rate(f"2025-03-24 10:0{minute}:00", 60 + minute) for minute in range(3)))
    build.run(Zone.SILVER, ["app_db/devices", READINGS], MONDAY, MONDAY)
    built = ["health/heart_rate_5m", "health/daily_activity", "health/heart_rate_1m"]
    summary = build.run(Zone.GOLD, built, MONDAY, MONDAY)
    assert summary["health/daily_activity"]["rows"] == 1
    shown = ("activity_date", "user_id", "resting_heart_rate_bpm")
    assert rows_of("health/daily_activity", *shown, zone=Zone.GOLD) == [("2025-03-24", "ann", 61)]
