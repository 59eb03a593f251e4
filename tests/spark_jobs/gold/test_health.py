"""Gold of health: hours, nights and days from small silver tables."""

from lake_layout.contracts import Zone
from spark_jobs.gold.health import daily_activity, hourly_steps, nightly_sleep

DAY = "2025-03-24"
STEPS, SLEEPS = "wearables/step_intervals", "wearables/sleep_sessions"


def silver(table, address, *rows, **defaults):
    common = {"event_date": DAY, "user_id": "ann", "is_time_estimated": False, "utc_offset_minutes": 0}
    return table(address, Zone.SILVER, [{**common, **defaults, **row} for row in rows])


def piece(start: str, end: str, steps: int, whole: tuple[str, str, int] | None = None, **changes):
    sent_from, sent_to, sent_steps = whole or (start, end, steps)
    return {
        "started_at": f"{DAY} {start}",
        "ended_at": f"{DAY} {end}",
        "steps": steps,
        "measured_at": f"{DAY} {sent_from}",
        "interval_end": f"{DAY} {sent_to}",
        "interval_steps": sent_steps,
        **changes,
    }


def test_steps_are_summed_by_local_hour_and_a_repeated_hour_has_two_rows(table, values):
    rows = silver(
        table,
        STEPS,
        piece("00:10", "00:20", 10, utc_offset_minutes=120),
        piece("00:40", "00:50", 5, utc_offset_minutes=120),
        piece("01:10", "01:20", 20, utc_offset_minutes=60),
        piece("00:00", "20:00", 999, is_time_estimated=True),
        piece("05:00", "05:10", 7, user_id=None),
    )
    assert values(hourly_steps.transform(rows), "local_hour", "utc_offset_minutes", "steps") == [
        (2, 120, 15),
        (2, 60, 20),
    ]


def night(**changes):
    seconds = {f"seconds_{name}": 0 for name in ("awake", "light", "deep", "rem", "asleep", "in_bed")}
    flags = {"is_nap": False, "is_superseded": False}
    times = {"started_at": "2025-03-23 22:00:00", "ended_at": f"{DAY} 06:00:00"}
    return {**seconds, **flags, **times, **changes}


def test_nights_count_in_the_minutes_and_naps_apart(table, values):
    rows = silver(
        table,
        SLEEPS,
        night(seconds_in_bed=28800, seconds_asleep=27030, seconds_awake=1770, seconds_light=27030),
        night(seconds_in_bed=3600, seconds_asleep=3000, is_nap=True),
        night(seconds_in_bed=9999, seconds_asleep=9999, is_superseded=True),
    )
    shown = ("minutes_in_bed", "minutes_asleep", "minutes_awake", "minutes_light", "session_count", "nap_minutes")
    result = nightly_sleep.transform(rows)
    assert values(result, *shown, "efficiency") == [(480, 451, 30, 451, 2, 50, "0.9396")]
    assert values(result, "bed_at", "wake_at") == [("2025-03-23 22:00:00", f"{DAY} 06:00:00")]


def test_a_date_with_naps_alone_has_no_time_in_bed_and_no_efficiency(table, values):
    rows = silver(table, SLEEPS, night(seconds_in_bed=3600, seconds_asleep=3000, is_nap=True))
    shown = ("minutes_in_bed", "efficiency", "bed_at", "nap_minutes", "session_count")
    assert values(nightly_sleep.transform(rows), *shown) == [(0, None, None, 50, 1)]


def test_a_night_without_clock_times_hides_when_the_sleeper_went_to_bed(table, values):
    rows = silver(table, SLEEPS, night(seconds_in_bed=600), night(seconds_in_bed=600, is_time_estimated=True))
    assert values(nightly_sleep.transform(rows), "minutes_in_bed", "bed_at", "wake_at") == [(20, None, None)]


def test_the_quality_of_a_night_is_told_by_its_length_and_its_share_asleep(table, values):
    nights = [(421, 421), (420, 480), (360, 530), (299, 600), (300, 1000)]
    rows = (
        night(event_date=f"2025-03-{day}", seconds_in_bed=in_bed * 60, seconds_asleep=asleep * 60)
        for day, (asleep, in_bed) in enumerate(nights, 10)
    )
    scores = values(nightly_sleep.transform(silver(table, SLEEPS, *rows)), "sleep_date", "quality_score")
    assert [score for _, score in scores] == [100, 83, 50, 0, 17]


def test_means_are_of_the_nights_within_seven_and_twenty_eight_days(table, values):
    asleep = {"2025-02-24": 300, "2025-02-25": 401, "2025-03-17": 500, "2025-03-18": 401, "2025-03-24": 480}
    rows = [night(event_date=day, seconds_in_bed=36000, seconds_asleep=60 * it) for day, it in asleep.items()]
    nap = night(event_date="2025-03-23", seconds_in_bed=3600, seconds_asleep=3600, is_nap=True)
    other = night(event_date="2025-03-23", user_id="ben", seconds_in_bed=3600, seconds_asleep=3600)
    result = nightly_sleep.transform(silver(table, SLEEPS, *rows, nap, other)).where("user_id = 'ann'")
    assert values(result, "sleep_date", "minutes_asleep_7d", "minutes_asleep_28d") == [
        ("2025-02-24", 300, 300),
        ("2025-02-25", 351, 351),
        ("2025-03-17", 500, 400),
        ("2025-03-18", 451, 401),
        ("2025-03-23", 451, 401),
        ("2025-03-24", 441, 446),
    ]


SHOWN = (
    "steps", "distance_m", "active_kcal", "basal_kcal", "total_kcal",
    "active_minutes", "sedentary_minutes", "resting_heart_rate_bpm",
)  # fmt: skip


def activity(table, users, steps=(), distances=(), energies=(), windows=(), sleeps=(), zones=()):
    return daily_activity.transform(
        steps=silver(table, STEPS, *steps),
        distances=silver(table, "wearables/distance_intervals", *distances),
        energies=silver(table, "wearables/energy_intervals", *energies),
        heart_rates=table(
            "health/heart_rate_5m", Zone.GOLD, [{"event_date": DAY, "user_id": "ann", **row} for row in windows]
        ),
        sleeps=silver(table, SLEEPS, *sleeps),
        users=users(*zones),
    )


def test_a_day_sums_what_each_source_knows_and_leaves_out_what_none_does(table, users, values):
    day = activity(
        table, users, distances=[{"distance_mm": 1500}], energies=[{"energy_type": "basal", "energy_cal": 70001}]
    )
    assert values(day, *SHOWN) == [(None, "1.500", None, "70.001", "70.001", 0, 1440, None)]


def test_a_total_of_the_source_counts_before_the_sum_of_parts(table, users, values):
    kinds = [("active", 1000), ("basal", 2000), ("total", 5000)]
    day = activity(table, users, energies=[{"energy_type": kind, "energy_cal": value} for kind, value in kinds])
    assert values(day, "active_kcal", "basal_kcal", "total_kcal") == [("1.000", "2.000", "5.000")]


def test_minutes_are_active_by_the_cadence_of_the_interval_as_it_was_sent(table, users, values):
    day = activity(
        table,
        users,
        steps=[
            piece("10:00:20", "10:01:00", 66, whole=("10:00:00", "10:01:00", 100)),
            piece("11:00:00", "11:10:00", 999),
            piece("12:00:00", "12:10:00", 0),
            piece("13:00:00", "13:10:00", 5000, is_time_estimated=True),
        ],
    )
    assert values(day, "steps", "active_minutes", "sedentary_minutes") == [(6065, 1, 1429)]


def test_sleep_is_cut_at_local_midnight_and_superseded_sleep_is_no_sleep(table, users, values):
    stages = '[{"sleep_stage": "light", "started_at": "2025-03-24T21:00:00Z", "ended_at": "2025-03-25T01:00:00Z"},'
    stages += '{"sleep_stage": "awake", "started_at": "2025-03-24T20:00:00Z", "ended_at": "2025-03-24T21:00:00Z"}]'
    asleep = night(event_date="2025-03-25", utc_offset_minutes=60, stages=stages)
    day = activity(table, users, distances=[{"distance_mm": 1}], sleeps=[asleep, {**asleep, "is_superseded": True}])
    assert values(day, "sedentary_minutes") == [(1440 - 120,)]


def test_days_of_clock_change_are_an_hour_shorter_or_longer(table, users, values):
    dates = ["2025-03-30", "2025-03-31", "2025-10-26"]
    day = activity(table, users, distances=[{"event_date": date, "distance_mm": 1} for date in dates])
    assert values(day, "activity_date", "sedentary_minutes") == list(zip(dates, (1380, 1440, 1500), strict=True))


def test_a_user_without_a_zone_has_days_of_24_hours(table, users, values):
    berlin = {"user_id": "bob", "time_zone": "Europe/Berlin"}
    day = activity(table, users, distances=[{"event_date": "2025-03-30", "distance_mm": 1}], zones=[berlin])
    assert values(day, "sedentary_minutes") == [(1440,)]


def test_the_resting_heart_rate_is_the_lowest_mean_of_a_window_with_three_readings(table, users, values):
    windows = [
        {"sum_bpm": 40, "reading_count": 1},
        {"sum_bpm": 181, "reading_count": 3},
        {"sum_bpm": 121, "reading_count": 2},
        {"sum_bpm": 242, "reading_count": 4},
    ]
    assert values(activity(table, users, windows=windows), "resting_heart_rate_bpm") == [(60,)]


def test_a_mean_of_half_a_beat_is_rounded_up(table, users, values):
    windows = [{"sum_bpm": 242, "reading_count": 4}]
    assert values(activity(table, users, windows=windows), "resting_heart_rate_bpm") == [(61,)]


def test_rows_of_unknown_owners_make_no_day(table, users, values):
    assert values(activity(table, users, distances=[{"user_id": None, "distance_mm": 1}]), "user_id") == []
