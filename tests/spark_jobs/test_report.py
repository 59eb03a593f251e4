"""The weekly report: right numbers, no small groups, one file that asks the world for nothing."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from spark_jobs import commits, storage
from spark_jobs.release import log
from spark_jobs.release.log import Did, Event, Pinned
from spark_jobs.report import figures, job

MONDAY = date(2025, 3, 24)
PEOPLE = [f"user {number}" for number in range(7)]


def put(address: str, rows: list[dict[str, Any]]) -> Pinned:
    of = contract(address)
    path = storage.local_path(tables.path(of, Zone.GOLD))
    write_deltalake(str(path), pa.Table.from_pylist(rows), mode="overwrite", partition_by=[str(of.partition)])
    return Pinned(address, "gold", "", "id", 0, len(rows), None)


def release(*pins: Pinned) -> None:
    log.append(lambda _log: Event(Did.STAGED, 1, log.now(), pins=pins))
    log.append(lambda _log: Event(Did.RELEASED, 1, log.now()))


def days(monday: date, steps: int) -> list[dict[str, Any]]:
    return [
        {"user_id": who, "activity_date": monday + timedelta(days=day), "steps": steps + 100 * at, "active_minutes": 30,
         "resting_heart_rate_bpm": 60}
        for at, who in enumerate(PEOPLE) for day in range(7)
    ]  # fmt: skip


def workout(who: str, kind: str, number: int) -> dict[str, Any]:
    session = {"workout_session_id": f"{kind} {number}", "user_id": who, "activity_type": kind}
    return {**session, "event_date": MONDAY, "moving_s": 1800, "load": Decimal("50.00")}


@pytest.fixture
def released(own_lake: None) -> None:
    runs = [workout(who, "running", at) for at, who in enumerate(PEOPLE)]
    swims = [workout(who, "swimming", at) for at, who in enumerate(PEOPLE[: figures.FEWEST - 1])]
    release(
        put("health/daily_activity", [*days(MONDAY, 5000), *days(MONDAY - timedelta(days=7), 4000)]),
        put("fitness/workout_intensity", [*runs, *swims]),
    )


def test_headlines_are_of_the_week_and_of_the_one_before(released: None) -> None:
    told = {one.name: one for one in figures.of_week(log.read().pins(1), MONDAY).headlines}
    assert (told["steps a day"].now, told["steps a day"].before) == (5300, 4300)
    assert told["steps a day"].change == pytest.approx(1000 / 4300)
    assert (told["workouts"].now, told["workouts"].before, told["workouts"].change) == (11, None, None)
    assert told["sleep a night"].now is None


def test_days_have_quartiles_and_small_groups_are_not_told_of(released: None) -> None:
    told = figures.of_week(log.read().pins(1), MONDAY)
    assert told.steps_by_day[0] == (MONDAY, 5150, 5300, 5450)
    assert [row[:2] for row in told.workouts_by_type] == [("running", 7)]


def reported(week: date | None = None) -> list[str]:
    """The names of the weeks of which a run writes reports."""
    return [Path(report).stem for report in job.run(week)["reports"]]


def test_the_newest_whole_week_is_reported_unless_another_is_asked_for(released: None) -> None:
    assert reported() == ["2025-W13"]
    assert reported(MONDAY - timedelta(days=3)) == ["2025-W12"]


def test_a_week_that_was_rebuilt_is_reported_anew(released: None) -> None:
    of = contract("fitness/weekly_progress")
    commit = commits.progress(of, Zone.GOLD).plan({}, [MONDAY - timedelta(days=7)])
    path = storage.local_path(tables.path(of, Zone.GOLD))
    said = CommitProperties(custom_metadata={"userMetadata": commit.as_json()})
    write_deltalake(str(path), pa.table({"week": [1]}), commit_properties=said)
    assert reported() == ["2025-W12", "2025-W13"]


def test_the_page_is_whole_in_itself_and_names_nobody(released: None) -> None:
    text = Path(str(storage.local_path(job.run()["reports"][0]))).read_text()
    assert "5,300" in text and "+23.3 %" in text and "running" in text
    assert not [name for name in PEOPLE if name in text] and "swimming" not in text
    svgs = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(svgs) == 1
    assert "Mon 24" in "".join(ElementTree.fromstring(svgs[0]).itertext())
    assert not re.findall(r"""(?:src|href)=["'](?!#)|url\((?!#)|@import""", text)


def test_the_same_release_makes_the_same_page(released: None) -> None:
    path = Path(str(storage.local_path(job.run()["reports"][0])))
    before = path.read_bytes()
    job.run()
    assert path.read_bytes() == before


def test_before_the_first_release_there_is_no_report(own_lake: None) -> None:
    with pytest.raises(LookupError, match="nothing is released yet"):
        job.run()
