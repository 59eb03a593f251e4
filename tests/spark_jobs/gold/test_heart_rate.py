"""Heart rate over windows: what one holds, and thousands of random people against a reference, reading by reading."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from lake_layout.contracts import Zone
from spark_jobs.gold.health import heart_rate_1h, heart_rate_1m, heart_rate_5m, heart_rate_trend
from tests.spark_jobs.chance import chance
from tests.spark_jobs.edges_of_time import MINUTE, STEPS, ZONES, edge, local_day, offset_at

DAY = "2025-03-24"
SHOWN = ("window_start_at", "avg_bpm", "min_bpm", "max_bpm", "sum_bpm", "reading_count")


def reading(at: str, bpm: int, **changes):
    return {"measured_at": f"{DAY} {at}", "heart_rate_bpm": bpm, **changes}


@pytest.fixture
def panes(table):
    """panes(readings): Ann's of this day, by the minute."""

    def make(*rows):
        common = {"event_date": DAY, "user_id": "ann"}
        readings = table("wearables/heart_rate_readings", Zone.SILVER, [{**common, **row} for row in rows])
        return heart_rate_1m.transform(readings)

    return make


def test_a_window_holds_all_devices_of_a_user(panes, values):
    rows = panes(
        reading("10:00:00", 60, device_id="watch"),
        reading("10:04:59.999", 61, device_id="band"),
        reading("10:02:00", 61, device_id="watch"),
        reading("10:05:00", 90),
        reading("10:01:00", 200, user_id=None),
    )
    assert values(heart_rate_5m.transform(rows), *SHOWN) == [
        ("2025-03-24 10:00:00", "60.67", 60, 61, 182, 3),
        ("2025-03-24 10:05:00", "90.00", 90, 90, 90, 1),
    ]
    assert values(heart_rate_1h.transform(rows), *SHOWN) == [("2025-03-24 10:00:00", "68.00", 60, 90, 272, 4)]


def test_a_mean_of_half_a_hundredth_is_rounded_up(panes, values):
    rows = panes(*(reading(f"10:00:{second:02}", 61 if second == 0 else 60) for second in range(8)))
    assert values(rows, "avg_bpm") == values(heart_rate_5m.transform(rows), "avg_bpm") == [("60.13",)]


def test_a_window_across_midnight_belongs_to_the_date_of_its_first_reading(panes, values):
    rows = panes(reading("23:02:00", 70, event_date="2025-03-25"), reading("23:01:59", 60))
    assert values(heart_rate_5m.transform(rows), "event_date", "reading_count") == [(DAY, 2)]


def test_of_two_readings_at_one_instant_the_earlier_date_counts(panes, values):
    rows = panes(reading("23:02:00", 70, event_date="2025-03-25"), reading("23:02:00", 60, device_id="band"))
    assert values(rows, "event_date", "sum_bpm") == [(DAY, 130)]


def test_ten_minutes_slide_by_one_and_tell_their_change_against_the_ten_before(panes, values):
    rows = panes(reading("10:00:30", 60), reading("10:00:31", 61), reading("10:09:59", 90), reading("10:10:00", 93))
    found = heart_rate_trend.transform(rows).select(F.date_format("minute_start_at", "HH:mm").alias("minute"), "*")
    shown = values(found, "minute", "avg_bpm", "min_bpm", "max_bpm", "reading_count", "change_bpm")
    assert [row for row in shown if row[0] in ("10:00", "10:09", "10:10", "10:18", "10:19")] == [
        ("10:00", "60.50", 60, 61, 2, None),
        ("10:09", "70.33", 60, 90, 3, None),
        ("10:10", "91.50", 90, 93, 2, "31.00"),
        ("10:18", "91.50", 90, 93, 2, "31.00"),
        ("10:19", "93.00", 93, 93, 1, "22.67"),
    ]
    assert len(shown) == 20


def test_a_fall_of_half_a_hundredth_is_rounded_away_from_zero(panes, values):
    before = [reading(f"10:00:{second:02}", 61 if second == 0 else 60) for second in range(8)]
    found = heart_rate_trend.transform(panes(*before, reading("10:10:00", 60)))
    assert values(found.where("change_bpm is not null"), "change_bpm")[0] == ("-0.13",)


def test_windows_are_hashed_and_nothing_is_sorted(panes, capsys):
    rows = panes(reading("10:00:00", 60))
    for found in (rows, heart_rate_5m.transform(rows), heart_rate_1h.transform(rows), heart_rate_trend.transform(rows)):
        found.explain()
        plan = capsys.readouterr().out
        assert "HashAggregate" in plan
        assert "Sort" not in plan


def people(name: str, count: int) -> list[tuple]:
    """Readings (user, instant in ms, local date, bpm) of random people near awkward times, of two devices each."""
    source = chance(name)
    rows = []
    for person in range(count):
        zone = source.choice(ZONES)
        at = edge(source, zone)
        # The second device may be set to another zone, and then tells other dates.
        zones = (zone, source.choice(ZONES) if source.random() < 0.1 else zone)
        user = None if person % 40 == 0 else f"user {person}"
        for _ in range(source.randint(1, 14)):
            near = at + source.randrange(-40, 40) * MINUTE if source.random() < 0.6 else at
            instant = near + source.choice(STEPS)
            minutes_east = offset_at(source.choice(zones), instant)
            rows.append((user, instant, local_day(instant, minutes_east), source.randint(20, 250)))
    return rows


def frame(spark, rows: list[tuple]):
    readings = spark.createDataFrame(rows, "user_id string, at bigint, event_date date, heart_rate_bpm int")
    return readings.withColumn("measured_at", F.timestamp_millis("at"))


def lines(found: pa.Table) -> list[tuple]:
    return sorted(zip(*(column.to_pylist() for column in found.columns), strict=True), key=_key)


def _key(row: tuple) -> tuple:
    """What names a row, before its measures."""
    return row[:4]


def hundredths(of: Fraction) -> Decimal:
    return (Decimal(of.numerator) / of.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_windows_of_three_thousand_random_people_equal_a_reference(spark):
    rows = people("windows", 3_000)
    minutes = heart_rate_1m.transform(frame(spark, rows))
    lengths = {1: minutes, 5: heart_rate_5m.transform(minutes), 60: heart_rate_1h.transform(minutes)}
    shown = ("event_date", "user_id", F.unix_millis("window_start_at").alias("start"), *SHOWN[1:])
    labelled = [found.select(F.lit(length).alias("length"), *shown) for length, found in lengths.items()]
    found = labelled[0].unionAll(labelled[1]).unionAll(labelled[2])
    assert lines(found.toArrow()) == sorted((row for length in lengths for row in _windows(rows, length)), key=_key)


def _windows(rows: list[tuple], length: int):
    windows = defaultdict(list)
    for user, at, on, bpm in rows:
        if user is not None:
            windows[user, at // (length * MINUTE)].append((at, on, bpm))
    for (user, number), held in windows.items():
        beats = [bpm for _at, _on, bpm in held]
        mean = hundredths(Fraction(sum(beats), len(beats)))
        on = min(held)[1]
        yield (length, on, user, number * length * MINUTE, mean, min(beats), max(beats), sum(beats), len(beats))


def test_trends_of_a_thousand_random_people_equal_a_reference(spark):
    rows = people("trends", 1_000)
    found = heart_rate_trend.transform(heart_rate_1m.transform(frame(spark, rows)))
    measures = ("avg_bpm", "min_bpm", "max_bpm", "reading_count", "change_bpm")
    shown = found.select("user_id", F.unix_millis("minute_start_at").alias("minute"), "event_date", *measures)
    expected = sorted(_trends(rows), key=_key)
    assert len(expected) > 10_000
    assert lines(shown.toArrow()) == expected


def _trends(rows: list[tuple]):
    """Every minute of a person asks all of their readings whether they lie in its ten minutes, or in those before."""
    of_user = defaultdict(list)
    for user, at, on, bpm in rows:
        if user is not None:
            of_user[user].append((at // MINUTE, at, on, bpm))
    for user, held in of_user.items():
        for minute in sorted({own + later for own, *_rest in held for later in range(10)}):
            now = [one for one in held if minute - 10 < one[0] <= minute]
            before = [bpm for own, _at, _on, bpm in held if minute - 20 < own <= minute - 10]
            beats = [bpm for _own, _at, _on, bpm in now]
            last = max(own for own, *_rest in now)
            on = min(one[1:] for one in now if one[0] == last)[1]
            mean = Fraction(sum(beats), len(beats))
            change = hundredths(mean - Fraction(sum(before), len(before))) if before else None
            yield (user, minute * MINUTE, on, hundredths(mean), min(beats), max(beats), len(beats), change)
