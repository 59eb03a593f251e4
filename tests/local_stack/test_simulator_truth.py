"""The truth of the simulator, on facts small enough to work out by hand.

The people are those of seed 7: user-00001 lives in Berlin and has a phone (priority 2) and a watch (priority 1).
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_stack.simulator.facts import OFFSET_UNKNOWN, amounts
from local_stack.simulator.people import person
from local_stack.simulator.truth.heart_rate import beats, trend, windows
from local_stack.simulator.truth.intervals import Covered, movement
from local_stack.simulator.truth.known import Known
from local_stack.simulator.truth.marts import marts
from local_stack.simulator.truth.sleep import nightly_sleep, stays
from local_stack.simulator.wardrobe import devices_of

SEED, PEOPLE = 7, 24
MONDAY = date(2025, 3, 24)
WEEK = [date(2025, 3, day) for day in range(24, 31)]
PHONE, WATCH, USER = "phone-00001", "watch-00001-1", "user-00001"


def at(text: str) -> int:
    """Milliseconds of a UTC time, as `24 07:15`, of March 2025."""
    return int(datetime.strptime(f"2025-03-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(SEED, PEOPLE, WEEK)


def facts(folder: Path, kind: str, rows: list[dict[str, object]]) -> Path:
    (folder / "facts" / "2025-03-24").mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "facts" / "2025-03-24" / f"{kind}.parquet")
    return folder / "facts"


def steps(device: str, start: str, end: str, amount: int, offset: int = 60) -> dict[str, object]:
    span = {"start": at(start), "end": at(end), "offset": offset, "amount": amount}
    return {"device_id": device, "metric": "steps", "energy_type": "", **span, "event_id": f"{device}{start}"}


def stage(session: str, name: str, start: str, end: str, device: str = WATCH, offset: int = 60) -> dict[str, object]:
    span = {"start": at(start), "end": at(end), "offset": offset}
    return {"device_id": device, "session_id": session, "stage": name, **span}


def test_the_free_parts_of_a_span_are_those_nothing_covers() -> None:
    covered = Covered()
    assert covered.add(10, 20) == [(10, 20)]
    assert covered.add(30, 40) == [(30, 40)]
    assert covered.add(5, 50) == [(5, 10), (20, 30), (40, 50)]
    assert covered.add(6, 49) == []
    assert covered.add(50, 60) == [(50, 60)]


def test_where_phone_and_watch_overlap_the_watch_counts_and_the_rest_of_the_phone_too(
    tmp_path: Path, known: Known
) -> None:
    rows = [steps(PHONE, "24 09:00", "24 09:30", 300), steps(WATCH, "24 09:20", "24 09:50", 90)]
    moved = movement(known, facts(tmp_path, "intervals", rows))
    assert dict(moved.amounts["steps"]) == {(USER, MONDAY): 200 + 90}


def test_an_interval_over_midnight_is_shared_by_both_days_without_losing_a_step(tmp_path: Path, known: Known) -> None:
    rows = [steps(WATCH, "24 22:50", "24 23:05", 100)]  # midnight in Berlin is 23:00 UTC
    moved = movement(known, facts(tmp_path, "intervals", rows))
    assert dict(moved.amounts["steps"]) == {(USER, MONDAY): 66, (USER, date(2025, 3, 25)): 34}
    assert {key[2]: value for key, value in moved.hourly_steps.items()} == {23: 66, 0: 34}


def test_an_event_without_offset_counts_in_the_zone_of_its_owner(tmp_path: Path, known: Known) -> None:
    rows = [steps(WATCH, "24 23:10", "24 23:20", 50, OFFSET_UNKNOWN), steps(WATCH, "30 22:10", "30 22:20", 7, 0)]
    moved = movement(known, facts(tmp_path, "intervals", rows))
    assert dict(moved.amounts["steps"]) == {(USER, date(2025, 3, 25)): 50, (USER, date(2025, 3, 30)): 7}


def test_after_a_watch_is_handed_on_its_steps_are_the_heirs(tmp_path: Path, known: Known) -> None:
    handed_on = devices_of(SEED, 3, PEOPLE)[1].owned_to or 0
    day = datetime.fromtimestamp(handed_on / 1000, UTC).date()
    before = {**steps("watch-00003-1", "24 09:00", "24 09:10", 5), "start": handed_on - 60_000, "end": handed_on}
    after = {**before, "start": handed_on, "end": handed_on + 60_000, "amount": 8, "offset": 0, "event_id": "b"}
    moved = movement(known, facts(tmp_path, "intervals", [{**before, "offset": 0}, after]))
    assert dict(moved.amounts["steps"]) == {("user-00003", day): 5, ("user-00004", day): 8}


def test_steps_of_a_device_nobody_owns_count_for_nobody(tmp_path: Path, known: Known) -> None:
    rows = [steps("tracker-00007-lost", "24 09:00", "24 09:10", 50)]
    assert not movement(known, facts(tmp_path, "intervals", rows)).amounts


def test_a_device_that_is_registered_late_has_its_owner_from_the_start() -> None:
    late = next(d for number in (5, 22) for d in devices_of(SEED, number, PEOPLE) if d.device_id.endswith("-2"))
    used_on = datetime.fromtimestamp(late.owned_from / 1000, UTC).date()
    assert late.registered_on and late.registered_on > used_on
    until_then = Known(SEED, PEOPLE, [on for on in WEEK if on <= used_on])
    assert until_then.owner(late.device_id, late.owned_from) is None
    owner = Known(SEED, PEOPLE, WEEK).owner(late.device_id, late.owned_from)
    assert owner and owner.user_id == late.user_id


def test_a_night_counts_on_the_date_of_waking_and_a_nap_apart(tmp_path: Path, known: Known) -> None:
    rows = [
        stage("n", "awake", "24 22:00", "24 22:10"),
        stage("n", "light", "24 22:10", "25 04:10"),
        stage("p", "deep", "25 12:00", "25 12:30"),
    ]
    night = nightly_sleep(stays(known, facts(tmp_path, "stages", rows))).to_pylist()
    assert len(night) == 1
    assert night[0]["sleep_date"] == date(2025, 3, 25)
    assert (night[0]["minutes_in_bed"], night[0]["minutes_asleep"], night[0]["nap_minutes"]) == (370, 360, 30)
    assert night[0]["efficiency"] == Decimal("0.9730")
    assert night[0]["session_count"] == 2


def test_a_night_is_rated_and_stands_beside_the_means_of_those_before(tmp_path: Path, known: Known) -> None:
    rows = [
        stage("a", "light", "16 22:00", "17 04:00"),
        stage("b", "light", "18 22:00", "19 05:01"),
        stage("c", "light", "24 22:00", "25 02:40"),
        stage("c", "awake", "25 02:40", "25 04:00"),
    ]
    nights = nightly_sleep(stays(known, facts(tmp_path, "stages", rows))).to_pylist()
    shown = ("quality_score", "minutes_asleep_7d", "minutes_asleep_28d")
    assert [tuple(row[name] for name in shown) for row in nights] == [(83, 360, 360), (100, 391, 391), (33, 351, 354)]


def test_a_night_that_watch_and_phone_saw_counts_once_as_the_watch_saw_it(tmp_path: Path, known: Known) -> None:
    rows = [stage("w", "light", "24 22:00", "25 04:00"), stage("p", "asleep", "24 21:50", "25 04:30", PHONE)]
    night = nightly_sleep(stays(known, facts(tmp_path, "stages", rows))).to_pylist()
    assert [(row["minutes_in_bed"], row["session_count"]) for row in night] == [(360, 1)]


def test_the_night_of_the_clock_change_keeps_its_real_length(tmp_path: Path, known: Known) -> None:
    rows = [stage("n", "light", "29 22:00", "30 00:30"), stage("n", "rem", "30 00:30", "30 05:00", offset=120)]
    night = nightly_sleep(stays(known, facts(tmp_path, "stages", rows))).to_pylist()
    assert [(row["sleep_date"], row["minutes_asleep"]) for row in night] == [(date(2025, 3, 30), 420)]


def heart_rates(folder: Path, *readings: tuple[str, str, int], offset: int = 60) -> Path:
    """Facts of readings (device, time, bpm)."""
    rows = [{"device_id": device, "at": at(text), "offset": offset, "bpm": bpm} for device, text, bpm in readings]
    return facts(folder, "heart_rates", rows)


def test_five_minutes_of_two_devices_are_one_window(tmp_path: Path, known: Known) -> None:
    readings = [(WATCH, "24 10:00", 60), (PHONE, "24 10:03", 61), (WATCH, "24 10:04", 61), (WATCH, "24 10:05", 90)]
    found = windows(beats(known, heart_rates(tmp_path, *readings)), "heart_rate_5m").to_pylist()
    assert [(w["avg_bpm"], w["min_bpm"], w["max_bpm"], w["sum_bpm"], w["reading_count"]) for w in found] == [
        (Decimal("60.67"), 60, 61, 182, 3),
        (Decimal("90.00"), 90, 90, 90, 1),
    ]


def test_a_minute_and_an_hour_are_windows_of_their_first_readings_date(tmp_path: Path, known: Known) -> None:
    found = beats(known, heart_rates(tmp_path, (WATCH, "24 18:29", 60), (WATCH, "24 18:30", 70), offset=330))
    minutes, hours = (windows(found, f"heart_rate_{name}").to_pylist() for name in ("1m", "1h"))
    assert [(w["event_date"].day, w["sum_bpm"]) for w in minutes] == [(24, 60), (25, 70)]
    assert [(w["event_date"].day, w["sum_bpm"], w["window_start_at"]) for w in hours] == [
        (24, 130, datetime(2025, 3, 24, 18, tzinfo=UTC))
    ]


def test_a_trend_has_each_minute_that_ten_minutes_with_a_reading_end_with(tmp_path: Path, known: Known) -> None:
    readings = [(WATCH, "24 22:58", 80), (PHONE, "24 22:58", 81), (WATCH, "24 23:09", 60)]
    found = trend(beats(known, heart_rates(tmp_path, *readings))).to_pylist()
    shown = [
        (f"{row['minute_start_at']:%H:%M}", row["event_date"].day, row["avg_bpm"], row["change_bpm"]) for row in found
    ]
    before, after = Decimal("80.50"), Decimal("60.00")
    assert shown[0] == ("22:58", 24, before, None)
    assert shown[9:12] == [
        ("23:07", 24, before, None),
        ("23:09", 25, after, after - before),
        ("23:10", 25, after, after - before),
    ]
    assert len(found) == 20 and {row["change_bpm"] for row in found[-2:]} == {after - before, None}
    assert (found[0]["min_bpm"], found[0]["max_bpm"], found[0]["reading_count"]) == (80, 81, 2)


def energy(device: str, kind: str, kcal: int, on: str = "24") -> dict[str, object]:
    return {**steps(device, f"{on} 09:00", f"{on} 09:30", kcal * 1000), "metric": "energy", "energy_type": kind}


def test_energy_at_rest_is_estimated_where_no_device_told_it_and_a_scale_did(tmp_path: Path, known: Known) -> None:
    told = [energy(WATCH, "active", 300), energy(WATCH, "basal", 1500), energy(PHONE, "active", 200, "26")]
    facts(tmp_path, "intervals", told)
    weights = [{"device_id": PHONE, "at": at(f"{day} 06:00"), "offset": 60, "grams": 70_000 + day} for day in (23, 25)]
    facts(tmp_path, "weights", weights)
    found = marts(known, tmp_path / "facts")["daily_calories"].to_pylist()
    who = person(SEED, 1)
    resting = 10 * 70.025 + 6.25 * who.height_cm - 5 * (2025 - who.birth_year) + {"male": 5, "female": -161}[who.sex]
    kinds = ("active_kcal", "basal_kcal", "total_kcal", "estimated_basal_kcal", "is_basal_estimated")
    assert [tuple(day[kind] for kind in kinds) for day in found] == [
        (Decimal(300), Decimal(1500), Decimal(1800), None, False),
        (Decimal(200), None, Decimal(200), Decimal(f"{resting:.3f}"), True),
    ]


def test_a_day_has_what_was_measured_and_null_for_what_was_not(tmp_path: Path, known: Known) -> None:
    facts(tmp_path, "intervals", [steps(WATCH, "24 09:00", "24 09:10", 1000), steps(WATCH, "24 10:00", "24 10:05", 9)])
    facts(tmp_path, "stages", [stage("n", "light", "24 00:00", "24 05:00")])
    day = marts(known, tmp_path / "facts")["fct_daily_activity"].to_pylist()
    assert [(d["user_id"], d["activity_date"], d["steps"], d["active_minutes"]) for d in day] == [
        (USER, MONDAY, 1009, 10)
    ]
    assert day[0]["sedentary_minutes"] == 24 * 60 - 15 - 300
    assert day[0]["distance_m"] is day[0]["total_kcal"] is day[0]["resting_heart_rate_bpm"] is None


def test_amounts_are_whole_numbers_of_the_smallest_unit() -> None:
    column = pa.array([1.5]).to_numpy()
    assert [int(amounts(column, unit)[0]) for unit in ("count", "km", "mi", "kJ", "lb")] == [
        2,
        1_500_000,
        2_414_016,
        359,
        680,
    ]


def test_a_row_that_vanishes_from_the_database_closes_its_version_and_keeps_its_owner() -> None:
    known = Known(SEED, 45, WEEK)  # user-00040 leaves in this week
    versions = known.versions("users")["user-00040",]
    assert versions[-1].valid_to is not None
    assert versions[0].valid_from == 0
    assert known.owner("phone-00040", at("24 12:00"))
