"""Steps, distance and energy over intervals: local hours, exact shares, units, rejected intervals."""

import pytest
from pyspark.sql import functions as F

from spark_jobs.silver.wearables import distance_intervals, energy_intervals, step_intervals

PHONE = {"device_id": "phone", "user_id": "ann", "priority": 2}
WATCH = {"device_id": "watch", "user_id": "ann", "priority": 1}


@pytest.fixture
def merged(metrics, devices, users):
    """merged(module, metric_type, rows): pieces, with the intervals of events called bad rejected."""

    def build(module, metric_type, *rows):
        whole = module.transform(metrics(metric_type, *rows), devices(WATCH, PHONE), users())
        none = F.array().cast("array<string>")
        return module.merge(
            whole.withColumn("_reasons", F.when(F.col("event_id") == "bad", F.array(F.lit("bad"))).otherwise(none))
        )

    return build


def steps(start: str, end: str, value, **changes):
    return {
        "measured_at": f"2025-03-24 {start}:00",
        "interval_end": f"2025-03-24 {end}:00",
        "value": value,
        "unit": "count",
        **changes,
    }


PIECE = ("started_at", "ended_at", "steps")


def clock(rows):
    return [(start[11:16], end[11:16], *rest) for start, end, *rest in rows]


def test_an_interval_is_cut_at_local_hours_and_its_steps_are_shared_out_exactly(merged, values):
    pieces = merged(step_intervals, "steps", steps("09:50", "11:10", 100))
    assert clock(values(pieces, *PIECE)) == [("09:50", "10:00", 12), ("10:00", "11:00", 75), ("11:00", "11:10", 13)]


def test_hours_are_those_of_the_wrist_in_a_half_hour_zone(merged, values):
    pieces = merged(step_intervals, "steps", steps("18:15", "18:45", 90, measured_offset_minutes=330))
    assert clock(values(pieces, *PIECE, "event_date")) == [
        ("18:15", "18:30", 45, "2025-03-24"),
        ("18:30", "18:45", 45, "2025-03-25"),
    ]


def test_a_day_without_clock_times_is_not_cut_at_hours(merged, values):
    day = steps("00:00", "23:00", 1000, is_time_estimated=True)
    assert clock(values(merged(step_intervals, "steps", day), *PIECE)) == [("00:00", "23:00", 1000)]


def test_the_watch_counts_where_it_meets_the_phone_and_the_phone_elsewhere(merged, values):
    pieces = merged(
        step_intervals, "steps", steps("10:00", "10:30", 300, device_id="phone"), steps("10:10", "10:20", 150)
    )
    assert clock(values(pieces, *PIECE, "device_id", "interval_steps")) == [
        ("10:00", "10:10", 100, "phone", 300),
        ("10:10", "10:20", 150, "watch", 150),
        ("10:20", "10:30", 100, "phone", 300),
    ]


def test_a_rejected_interval_hides_nothing_and_stays_one_row(merged, values):
    pieces = merged(
        step_intervals,
        "steps",
        steps("10:30", "11:30", 60, device_id="phone", event_id="good"),
        steps("10:45", "11:15", 99999, event_id="bad"),
    )
    assert clock(values(pieces, *PIECE, "event_id")) == [
        ("10:30", "11:00", 30, "good"),
        ("10:45", "11:15", 99999, "bad"),
        ("11:00", "11:30", 30, "good"),
    ]


def test_an_interval_without_an_end_after_its_start_has_no_end_and_is_kept_when_rejected(merged, values):
    pieces = merged(step_intervals, "steps", steps("10:30", "10:00", 60, event_id="bad"))
    assert values(pieces, "started_at", "ended_at", "steps") == [("2025-03-24 10:30:00", None, 60)]


def test_distances_become_whole_millimetres(merged, values):
    sent = [
        steps("10:00", "10:10", 12.3456, unit="m"),
        steps("10:10", "10:20", 0.5, unit="km"),
        steps("10:20", "10:30", 1, unit="mi"),
        steps("10:30", "10:40", 1, unit="furlong"),
    ]
    pieces = merged(distance_intervals, "distance", *sent)
    assert [row[0] for row in values(pieces.orderBy("started_at"), "distance_mm")] == [12346, 1609344, 500000, None]


def test_energies_become_whole_calories_and_are_merged_by_type(merged, values):
    active, basal = {"energy_type": "active", "unit": "kcal"}, {"energy_type": "basal"}
    pieces = merged(
        energy_intervals,
        "energy",
        steps("10:00", "11:00", 60, **active),
        steps("10:00", "11:00", 120, device_id="phone", **active),
        steps("10:00", "11:00", 4.184, unit="kJ", device_id="phone", **basal),
        steps("10:30", "10:45", 10, device_id="phone", **active),
    )
    assert values(pieces, "energy_type", "device_id", "energy_cal") == [
        ("active", "watch", 60000),
        ("basal", "phone", 1000),
    ]
