"""Heart-rate readings: the day on the wrist, the owner at that instant, the first landed of a key."""

from spark_jobs.silver.wearables.heart_rate_readings import transform


def reading(measured_at: str, **changes):
    return {"measured_at": measured_at, "value": 60, "unit": "bpm", **changes}


def days(values, frame):
    return values(frame, "measured_at", "event_date", "utc_offset_minutes", "is_offset_assumed")


def test_a_reading_belongs_to_the_day_of_its_own_offset(metrics, devices, users, values):
    sent = metrics(
        "heart_rate",
        reading("2025-03-24 23:30:00", measured_offset_minutes=60),
        reading("2025-03-25 02:00:00", measured_offset_minutes=-300),
        reading("2025-03-26 20:00:00", measured_offset_minutes=330),
        reading("2025-03-27 10:30:00", measured_offset_minutes=840),
        reading("2025-03-28 11:30:00", measured_offset_minutes=-720),
    )
    assert days(values, transform(sent, devices(), users())) == [
        ("2025-03-24 23:30:00", "2025-03-25", 60, False),
        ("2025-03-25 02:00:00", "2025-03-24", -300, False),
        ("2025-03-26 20:00:00", "2025-03-27", 330, False),
        ("2025-03-27 10:30:00", "2025-03-28", 840, False),
        ("2025-03-28 11:30:00", "2025-03-27", -720, False),
    ]


def test_an_offset_of_zero_is_an_offset(metrics, devices, users, values):
    sent = metrics("heart_rate", reading("2025-03-24 23:30:00", measured_offset_minutes=0))
    assert days(values, transform(sent, devices(), users())) == [("2025-03-24 23:30:00", "2025-03-24", 0, False)]


def test_without_an_offset_the_users_zone_counts_on_both_days_of_clock_change(metrics, devices, users, values):
    unknown = {"measured_offset_minutes": None}
    sent = metrics(
        "heart_rate",
        reading("2025-03-29 23:30:00", **unknown),
        reading("2025-03-30 00:59:59", **unknown),
        reading("2025-03-30 22:30:00", **unknown),
        reading("2025-10-25 22:30:00", **unknown),
        reading("2025-10-26 22:30:00", **unknown),
        reading("2025-10-26 23:00:00", **unknown),
    )
    assert days(values, transform(sent, devices(), users())) == [
        ("2025-03-29 23:30:00", "2025-03-30", 60, True),
        ("2025-03-30 00:59:59", "2025-03-30", 60, True),
        ("2025-03-30 22:30:00", "2025-03-31", 120, True),
        ("2025-10-25 22:30:00", "2025-10-26", 120, True),
        ("2025-10-26 22:30:00", "2025-10-26", 60, True),
        ("2025-10-26 23:00:00", "2025-10-27", 60, True),
    ]


def test_the_zone_is_the_one_valid_at_the_instant_of_the_reading(metrics, devices, users, values):
    moved = users(
        {"user_id": "ann", "time_zone": "Europe/Berlin", "valid_to": "2025-03-25"},
        {"user_id": "ann", "time_zone": "Asia/Kolkata", "valid_from": "2025-03-25"},
    )
    unknown = {"measured_offset_minutes": None}
    sent = metrics("heart_rate", reading("2025-03-24 20:00:00", **unknown), reading("2025-03-25 20:00:00", **unknown))
    assert days(values, transform(sent, devices(), moved)) == [
        ("2025-03-24 20:00:00", "2025-03-24", 60, True),
        ("2025-03-25 20:00:00", "2025-03-26", 330, True),
    ]


def test_without_offset_and_user_the_day_is_that_of_utc(metrics, devices, users, values):
    sent = metrics("heart_rate", reading("2025-03-24 23:30:00", device_id="found", measured_offset_minutes=None))
    assert days(values, transform(sent, devices(), users())) == [("2025-03-24 23:30:00", "2025-03-24", 0, True)]


def test_a_handed_on_watch_does_not_move_its_history(metrics, devices, users, values):
    owners = devices(
        {"device_id": "watch", "user_id": "ann", "priority": 1, "valid_to": "2025-03-26"},
        {
            "device_id": "watch",
            "user_id": "ann",
            "priority": 1,
            "owned_to": "2025-03-25 12:00:00",
            "valid_from": "2025-03-26",
        },
        {"device_id": "watch", "user_id": "bob", "priority": 2, "owned_from": "2025-03-25 12:00:00"},
    )
    sent = metrics(
        "heart_rate", reading("2025-03-24 10:00:00"), reading("2025-03-25 11:59:59"), reading("2025-03-25 12:00:00")
    )
    assert values(transform(sent, owners, users()), "measured_at", "user_id") == [
        ("2025-03-24 10:00:00", "ann"),
        ("2025-03-25 11:59:59", "ann"),
        ("2025-03-25 12:00:00", "bob"),
    ]


def test_an_ownership_deleted_since_still_counts_for_its_time(metrics, devices, users, values):
    owners = devices({"device_id": "watch", "user_id": "ann", "priority": 1, "valid_to": "2025-03-26"})
    sent = metrics("heart_rate", reading("2025-03-27 10:00:00"))
    assert values(transform(sent, owners, users()), "user_id") == [("ann",)]


def test_a_reading_of_an_unknown_device_is_kept_without_an_owner(metrics, devices, users, values):
    sent = metrics("heart_rate", reading("2025-03-24 10:00:00", device_id="found"))
    assert values(transform(sent, devices(), users()), "device_id", "user_id") == [("found", None)]


def test_the_first_landed_of_a_key_wins_whatever_its_offset_says(metrics, devices, users, values):
    sent = metrics(
        "heart_rate",
        reading("2025-03-24 23:30:00", value=60, event_id="first", measured_offset_minutes=0),
        reading("2025-03-24 23:30:00", value=99, event_id="again", measured_offset_minutes=60),
        reading("2025-03-24 23:30:00", value=70, event_id="other device", device_id="scale"),
        reading("2025-03-24 23:31:00", value=61, event_id="later"),
    )
    assert values(transform(sent, devices(), users()), "event_id", "heart_rate_bpm", "event_date") == [
        ("first", 60, "2025-03-24"),
        ("later", 61, "2025-03-24"),
        ("other device", 70, "2025-03-24"),
    ]


def test_the_earlier_instant_in_the_log_wins_over_the_lower_offset(metrics, devices, users, values):
    late, early = {"_logged_at": "2025-03-25 00:00:01"}, {"_logged_at": "2025-03-25 00:00:00"}
    at = "2025-03-24 12:00:00"
    sent = metrics(
        "heart_rate",
        reading(at, event_id="late", _partition=0, _offset=1, **late),
        reading(at, event_id="early", _partition=3, _offset=9, **early),
    )
    assert values(transform(sent, devices(), users()), "event_id") == [("early",)]


def test_another_unit_or_a_value_beyond_numbers_gives_no_heart_rate(metrics, devices, users, values):
    sent = metrics(
        "heart_rate",
        reading("2025-03-24 10:00:00", unit="Hz"),
        reading("2025-03-24 10:01:00", value=None),
        reading("2025-03-24 10:02:00", value=1e300),
        reading("2025-03-24 10:03:00", value=61.5),
    )
    assert values(transform(sent, devices(), users()), "measured_at", "heart_rate_bpm") == [
        ("2025-03-24 10:00:00", None),
        ("2025-03-24 10:01:00", None),
        ("2025-03-24 10:02:00", None),
        ("2025-03-24 10:03:00", 62),
    ]
