"""Recorded workouts: what the files say, each workout once, in events that are the same every time."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import fitdecode
import pytest

from lake_layout.profile import profile
from local_stack.replay.workout_files import Unreadable, Workout, workouts
from local_stack.replay.workouts import messages, session_id

FOLDER = profile().shared_data / "workouts"
needs_files = pytest.mark.skipif(not FOLDER.exists(), reason=f"no workouts in {FOLDER}")
NOON = datetime(2020, 6, 1, 12, tzinfo=UTC)
TCX = """<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>
<Activity Sport="Biking"><Id>x</Id>{laps}</Activity></Activities></TrainingCenterDatabase>"""


def gpx(*points: str) -> str:
    return f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{"".join(points)}</trkseg></trk></gpx>'


def point(second: int, latitude: float) -> str:
    return f'<trkpt lat="{latitude}" lon="4.5"><time>{(NOON + timedelta(seconds=second)).isoformat()}</time></trkpt>'


def lap(*seconds: int) -> str:
    points = (
        f"<Trackpoint><Time>{NOON + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</Time>"
        f"<DistanceMeters>{second * 5.5}</DistanceMeters></Trackpoint>"
        for second in seconds
    )
    return f"<Lap><Track>{''.join(points)}</Track></Lap>"


def kinds(of: Workout) -> list[tuple[str, int]]:
    return [(one.kind, round((one.at - NOON).total_seconds())) for one in of.moments]


def test_a_track_of_positions_has_the_distance_on_the_ground(tmp_path: Path) -> None:
    (tmp_path / "a.gpx").write_text(gpx(point(0, 52.0), point(10, 52.001), point(20, 52.0)))
    [found] = workouts(tmp_path)
    assert kinds(found) == [("started", 0), ("sample", 0), ("sample", 10), ("sample", 20), ("finished", 20)]
    # A thousandth of a degree of latitude: 111.2 m on a sphere, 111.3 m on the one whose radius is that of the equator.
    assert [one.distance_m for one in found.moments[1:4]] == pytest.approx([0, 111.2, 222.4], abs=0.3)


def test_laps_end_with_their_last_point(tmp_path: Path) -> None:
    (tmp_path / "a.TCX").write_text(TCX.format(laps=lap(0, 5) + lap(6, 9)))
    [found] = workouts(tmp_path)
    assert found.activity_type == "cycling"
    assert [(one.lap, one.at) for one in found.moments if one.kind == "lap"] == [
        (1, NOON + timedelta(seconds=5)),
        (2, NOON + timedelta(seconds=9)),
    ]
    assert max(one.distance_m or 0 for one in found.moments) == 49.5


def test_of_one_workout_in_two_files_the_one_that_knows_more_counts(tmp_path: Path) -> None:
    (tmp_path / "a.gpx").write_text(gpx(point(0, 52.0), point(9, 52.001)))
    (tmp_path / "b.tcx").write_text(TCX.format(laps=lap(0, 9)))
    (tmp_path / "c.gpx").write_text(gpx(point(60, 52.0)))
    assert [(one.file, one.others) for one in workouts(tmp_path)] == [("b.tcx", ("a.gpx",)), ("c.gpx", ())]


@pytest.mark.parametrize("name", ["a.gpx", "a.tcx", "a.fit"])
@pytest.mark.parametrize("content", [b"", b"\x0e\x10broken", b"<gpx><trk>", b"\xff\xfe\x00"])
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=name):
        workouts(tmp_path)


def test_a_folder_without_workouts_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("ran")
    with pytest.raises(FileNotFoundError, match="has no workouts"):
        workouts(tmp_path)


def test_events_are_the_same_every_time_and_unlike_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.gpx").write_text(gpx(point(0, 52.0), point(0, 52.0), point(9, 52.001)))
    [found] = workouts(tmp_path)
    sent = [messages("anna", found, ZoneInfo("Asia/Kolkata")) for _ in range(2)]
    assert sent[0] == sent[1]
    events = [json.loads(message) for message in sent[0]]
    assert len({event["event_id"] for event in events}) == len(events) == 5
    assert {event["workout_session_id"] for event in events} == {session_id("anna", found)}
    assert session_id("anna", found) != session_id("ben", found)
    assert events[0]["occurred_at"] == "2020-06-01T17:30:00+05:30"


@needs_files
def test_real_files_give_each_workout_once() -> None:
    found = workouts(FOLDER)
    assert [(one.activity_type, one.offset) for one in found] == [
        ("cycling", timedelta(hours=2)),
        ("cycling", timedelta(hours=1)),
        ("running", timedelta(hours=1)),
        ("transition", timedelta(hours=1)),
        ("rowing", timedelta(hours=1)),
    ]
    # The ride of which there are a TCX and a GPX file is that of a FIT file, too.
    assert {Path(name).suffix for name in found[0].others} == {".tcx", ".gpx"}
    assert all(one.others == () for one in found[1:])


@needs_files
def test_real_workouts_have_the_times_distances_and_records_that_a_decoder_gives() -> None:
    found = {one.started_at: one for one in workouts(FOLDER)}
    for path in FOLDER.glob("*.fit"):
        with fitdecode.FitReader(path) as reader:
            messages_ = [one for one in reader if isinstance(one, fitdecode.FitDataMessage)]
        of_file = [found[one.get_value("start_time")] for one in messages_ if one.name == "session"]
        samples = Counter(one.kind for workout in of_file for one in workout.moments)["sample"]
        assert samples == sum(one.name == "record" for one in messages_)
        for session in (one for one in messages_ if one.name == "session"):
            workout = found[session.get_value("start_time")]
            distance = max(one.distance_m or 0 for one in workout.moments)
            assert distance == session.get_value("total_distance")
            # Pauses and ends are told to the second.
            assert moving_seconds(workout) == pytest.approx(session.get_value("total_timer_time"), abs=1)


def moving_seconds(of: Workout) -> float:
    pauses = sum((1 if one.kind == "resumed" else -1) * (one.at - NOON).total_seconds() for one in of.moments
                 if one.kind in ("paused", "resumed"))  # fmt: skip
    return (of.moments[-1].at - of.started_at).total_seconds() - pauses
