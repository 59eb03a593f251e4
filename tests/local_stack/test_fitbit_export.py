"""The Fitbit replay: what the files say and nothing else, in events that are the same every time."""

import csv
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lake_layout.profile import profile
from local_stack.replay.fitbit import message
from local_stack.replay.fitbit_export import Measurement, measurements

EXPORT = profile().shared_data / "fitbit"
needs_export = pytest.mark.skipif(not EXPORT.exists(), reason=f"no Fitbit export in {EXPORT}")


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_bytes("\r\n".join(lines).encode() + b"\r\n\r\n")


def steps_of(folder: Path, time_zone: str = "UTC") -> list[tuple[str, str, float, bool]]:
    found = [m for m in measurements(folder, time_zone) if m.metric == "steps"]
    return [(m.start.isoformat(), m.end.isoformat(), m.value, m.is_time_estimated) for m in found if m.end]


def test_an_hour_stays_an_hour_and_the_rest_of_a_day_follows_the_last_hour(tmp_path: Path) -> None:
    hours = ("1,4/12/2016 12:00:00 AM,5", "1,4/12/2016 1:00:00 AM,7")
    write(tmp_path, "hourlySteps_merged.csv", "Id,ActivityHour,StepTotal", *hours)
    write(tmp_path, "dailySteps_merged.csv", "Id,ActivityDay,StepTotal", "1,2016-04-12,100", "1,2016-04-13,30")
    assert steps_of(tmp_path) == [
        ("2016-04-12T00:00:00+00:00", "2016-04-12T01:00:00+00:00", 5, False),
        ("2016-04-12T01:00:00+00:00", "2016-04-12T02:00:00+00:00", 7, False),
        ("2016-04-12T02:00:00+00:00", "2016-04-13T00:00:00+00:00", 88, True),
        ("2016-04-13T00:00:00+00:00", "2016-04-14T00:00:00+00:00", 30, True),
    ]


def test_a_day_with_all_its_hours_needs_no_total(tmp_path: Path) -> None:
    clock = [datetime(2016, 4, 12, hour).strftime("%m/%d/%Y %I:%M:%S %p") for hour in range(24)]
    write(tmp_path, "hourlySteps_merged.csv", "Id,ActivityHour,StepTotal", *(f"1,{at},1" for at in clock))
    write(tmp_path, "dailySteps_merged.csv", "Id,ActivityDay,StepTotal", "1,2016-04-12,24")
    assert len(steps_of(tmp_path)) == 24


def test_a_day_of_fewer_steps_than_its_hours_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "hourlySteps_merged.csv", "Id,ActivityHour,StepTotal", "1,4/12/2016 12:00:00 AM,50")
    write(tmp_path, "dailySteps_merged.csv", "Id,ActivityDay,StepTotal", "1,2016-04-12,49")
    with pytest.raises(ValueError, match="1 has more steps in the hours of 2016-04-12 than in its total"):
        steps_of(tmp_path)


def test_an_hour_that_the_clock_skips_joins_the_next_one(tmp_path: Path) -> None:
    hours = ("1,3/27/2016 1:00:00 AM,1", "1,3/27/2016 2:00:00 AM,2", "1,3/27/2016 3:00:00 AM,4")
    write(tmp_path, "hourlySteps_merged.csv", "Id,ActivityHour,StepTotal", *hours)
    assert steps_of(tmp_path, "Europe/Berlin") == [
        ("2016-03-27T01:00:00+01:00", "2016-03-27T03:00:00+02:00", 1, False),
        ("2016-03-27T03:00:00+02:00", "2016-03-27T04:00:00+02:00", 6, False),
    ]


def test_a_night_without_clock_times_is_one_estimated_interval_of_two_stages(tmp_path: Path) -> None:
    row = "1,2016-04-12,1,327,346"
    header = "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed"
    write(tmp_path, "sleepDay_merged.csv", header, row, row)
    events = [json.loads(message(m)) for m in measurements(tmp_path, "UTC")]
    assert [(e["sleep_stage"], e["measured_at"], e["interval_end"], e["value"]) for e in events] == [
        ("asleep", "2016-04-12T00:00:00+00:00", "2016-04-12T05:27:00+00:00", 327),
        ("awake", "2016-04-12T05:27:00+00:00", "2016-04-12T05:46:00+00:00", 19),
    ]
    assert len({e["sleep_session_id"] for e in events}) == 1
    assert all(e["is_time_estimated"] for e in events)


def test_the_same_measurement_is_the_same_event_every_time() -> None:
    one = Measurement("1", "heart_rate", "bpm", 70, datetime(2016, 4, 1, 7, 54, tzinfo=UTC))
    later = Measurement("1", "heart_rate", "bpm", 70, datetime(2016, 4, 1, 7, 54, tzinfo=UTC) + timedelta(seconds=5))
    assert message(one) == message(one)
    assert json.loads(message(one))["event_id"] != json.loads(message(later))["event_id"]


@needs_export
def test_the_export_has_every_reading_night_and_weight_once() -> None:
    events = [json.loads(message(m)) for m in measurements(EXPORT, "UTC")]
    counts = Counter(event["metric_type"] for event in events)
    assert (counts["heart_rate"], counts["weight"], counts["energy"], counts["distance"]) == (26_084, 67, 940, 940)
    assert len({event["sleep_session_id"] for event in events if event["metric_type"] == "sleep"}) == 410
    assert len({event["event_id"] for event in events}) == len(events)


@needs_export
def test_steps_by_day_are_those_of_the_files() -> None:
    expected: dict[tuple[str, str], int] = defaultdict(int)
    with (EXPORT / "hourlySteps_merged.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            on = datetime.strptime(row["ActivityHour"].split()[0], "%m/%d/%Y").date().isoformat()
            expected[row["Id"], on] += int(row["StepTotal"])
    with (EXPORT / "dailySteps_merged.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            expected[row["Id"], row["ActivityDay"]] = int(row["StepTotal"])
    sent: dict[tuple[str, str], int] = defaultdict(int)
    for m in measurements(EXPORT, "UTC"):
        if m.metric == "steps":
            sent[m.user_id, m.start.date().isoformat()] += int(m.value)
    assert sent == expected
    assert len({user for user, on in sent if on < "2016-04-12"}) == 34
