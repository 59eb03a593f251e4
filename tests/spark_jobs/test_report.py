"""The weekly report: right numbers, no small groups, one file that asks the world for nothing."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from spark_jobs import storage
from spark_jobs.release import log
from spark_jobs.release.log import Did, Event, Pinned
from spark_jobs.report import figures, job

MONDAY = date(2025, 3, 24)
BEFORE, AFTER = MONDAY - timedelta(days=7), MONDAY + timedelta(days=7)
PEOPLE = [f"user {number}" for number in range(7)]


def put(address: str, rows: list[dict[str, Any]], only: date | None = None) -> Pinned:
    """Replace a table's rows, or those of one date."""
    of = contract(address)
    path = str(storage.local_path(tables.path(of, Zone.GOLD)))
    write_deltalake(
        path,
        pa.Table.from_pylist(rows),
        mode="overwrite",
        partition_by=[str(of.partition)],
        predicate=f"{of.partition} = '{only.isoformat()}'" if only else None,
    )
    table = DeltaTable(path)
    return Pinned(address, "gold", "", str(table.metadata().id), table.version(), len(rows), None)


def release(*pins: Pinned) -> None:
    number = log.read().next_id
    log.append(lambda _log: Event(Did.STAGED, number, log.now(), pins=pins))
    log.append(lambda _log: Event(Did.RELEASED, number, log.now()))


def headlines(*pins: Pinned) -> dict[str, figures.Headline]:
    """What a release of these tables says of the week."""
    return {one.name: one for one in figures.of_week(pins, MONDAY).headlines}


def days(monday: date, steps: int) -> list[dict[str, Any]]:
    return [
        {"user_id": who, "activity_date": monday + timedelta(days=day), "steps": steps + 100 * at, "active_minutes": 30,
         "resting_heart_rate_bpm": 60}
        for at, who in enumerate(PEOPLE) for day in range(7)
    ]  # fmt: skip


def weeks(*mondays: date) -> Pinned:
    return put("fitness/weekly_progress", [{"user_id": "anna", "week_start_date": monday} for monday in mondays])


def night(who: str, in_bed: int, asleep: int) -> dict[str, Any]:
    return {"user_id": who, "sleep_date": MONDAY, "minutes_in_bed": in_bed, "minutes_asleep": asleep}


def hour(who: str, at: int, steps: int, day: date = MONDAY) -> dict[str, Any]:
    return {"user_id": who, "event_date": day, "local_hour": at, "steps": steps}


def workout(who: str, kind: str, number: int) -> dict[str, Any]:
    session = {"workout_session_id": f"{kind} {number}", "user_id": who, "activity_type": kind}
    return {**session, "event_date": MONDAY, "moving_s": 1800, "load": Decimal("50.00")}


@pytest.fixture
def released(own_lake: None) -> None:
    runs = [workout(who, "running", at) for at, who in enumerate(PEOPLE)]
    swims = [workout(who, "swimming", at) for at, who in enumerate(PEOPLE[: figures.FEWEST - 1])]
    release(
        put("health/daily_activity", [*days(MONDAY, 5000), *days(BEFORE, 4000)]),
        put("fitness/workout_intensity", [*runs, *swims]),
        weeks(MONDAY),
    )


def test_headlines_are_of_the_week_and_of_the_one_before(released: None) -> None:
    told = headlines(*log.read().pins(1))
    assert (told["steps a day"].now, told["steps a day"].before) == (5300, 4300)
    assert told["steps a day"].change == pytest.approx(1000 / 4300)
    assert (told["workouts"].now, told["workouts"].before, told["workouts"].change) == (11, None, None)
    assert told["sleep a night"].now is None


def test_days_have_quartiles_and_small_groups_are_not_told_of(released: None) -> None:
    told = figures.of_week(log.read().pins(1), MONDAY)
    assert told.steps_by_day[0] == (MONDAY, 5150, 5300, 5450)
    assert [row[:2] for row in told.workouts_by_type] == [("running", 7)]


def test_a_headline_of_fewer_people_than_a_group_is_not_told(own_lake: None) -> None:
    few, enough = PEOPLE[: figures.FEWEST - 1], PEOPLE[: figures.FEWEST]
    lone = [{**day, "steps": None} for day in days(MONDAY, 1) if day["user_id"] not in few]
    talks = {"event_date": MONDAY, "intent": "sleep", "conversation_count": 9, "user_count": len(few)}
    ratings = {"rating_count": 1, "rating_avg": 5}
    active = {name: len(few) for name in ("daily_active_users", "app_users", "interacting_users")}
    told = headlines(
        put("health/daily_activity", [*(day for day in days(MONDAY, 1) if day["user_id"] in few), *lone]),
        put("fitness/workout_intensity", [workout(who, "running", at) for who in few for at in range(3)]),
        put("health/nightly_sleep", [night(who, 480, 420) for who in enough]),
        put("ai_coach/conversation_quality_daily", [{**talks, **ratings}]),
        put("social/engagement_daily", [{"event_date": MONDAY, **active}]),
    )
    assert {name for name, one in told.items() if one.now is not None} == {"sleep a night", "resting heart rate"}
    assert told["sleep a night"].now == 7


def test_dates_of_naps_alone_are_no_nights_and_without_steps_no_minute_was_counted(own_lake: None) -> None:
    naps = [night(who, 0, 0) for who in PEOPLE[figures.FEWEST :]]
    walked = days(MONDAY, 1)
    pins = (
        put("health/nightly_sleep", [*(night(who, 480, 420) for who in PEOPLE[: figures.FEWEST]), *naps]),
        put("health/daily_activity", [*walked, {**walked[0], "user_id": "zoe", "steps": None, "active_minutes": 0}]),
    )
    told = headlines(*pins)
    assert (told["sleep a night"].now, told["active minutes a day"].now) == (7, 30)
    assert figures.of_week(pins, MONDAY).sleep_by_day == [(MONDAY, 7, 7, 7)]


def test_an_hour_is_the_mean_of_all_days_with_steps_not_of_those_with_steps_in_it(own_lake: None) -> None:
    mornings = [hour(who, 8, 100, MONDAY + timedelta(days=day)) for who in PEOPLE for day in range(2)]
    evenings = [hour(who, 20, 70) for who in PEOPLE]
    told = figures.of_week([put("health/hourly_steps", [*mornings, *evenings])], MONDAY)
    assert told.steps_by_hour == [(8, 100), (20, 35)]


def reported(week: date | None = None) -> list[str]:
    """The names of the weeks of which a run writes reports."""
    return [Path(report).stem for report in job.run(week)["reports"]]


def test_the_newest_whole_week_is_reported_unless_another_is_asked_for(released: None) -> None:
    assert reported() == ["2025-W13"]
    assert reported(MONDAY - timedelta(days=3)) == ["2025-W12"]


def test_only_weeks_of_the_released_table_of_weeks_are_whole(own_lake: None) -> None:
    # One clock that runs ahead is seen on the Sunday of a week that has hardly begun.
    ahead = {**days(AFTER, 1)[0], "activity_date": AFTER + timedelta(days=6)}
    activity = put("health/daily_activity", [*days(BEFORE, 1), *days(MONDAY, 1), ahead])
    assert figures.whole_weeks([activity]) == [AFTER]
    assert figures.whole_weeks([activity, weeks(BEFORE, MONDAY)]) == [BEFORE, MONDAY]


def test_a_week_is_reported_anew_when_a_day_of_it_or_of_the_one_before_moved(own_lake: None) -> None:
    mondays = [BEFORE, MONDAY, AFTER, AFTER + timedelta(days=7)]
    whole = weeks(*mondays)
    activity = put("health/daily_activity", [day for monday in mondays for day in days(monday, 5000)])
    release(activity, whole)
    assert reported() == ["2025-W12", "2025-W13", "2025-W14", "2025-W15"]
    assert reported() == ["2025-W15"]
    moved = put("health/daily_activity", [days(BEFORE, 9000)[0]], only=BEFORE)
    release(moved, whole)
    assert reported() == ["2025-W12", "2025-W13", "2025-W15"]
    # A table that was none before moves all of its weeks, and a report that is gone is made again.
    release(moved, whole, put("health/nightly_sleep", [night("anna", 480, 420)]))
    assert len(reported()) == len(mondays)
    Path(str(storage.local_path(job.run()["reports"][0]))).with_name("2025-W13.html").unlink()
    assert reported() == ["2025-W13", "2025-W15"]


def test_after_a_run_that_wrote_one_week_the_others_are_still_due(released: None) -> None:
    reported()
    workouts = next(pin for pin in log.read().pins(1) if pin.dataset == figures.DATASETS["workouts"])
    moved = put("health/daily_activity", [days(MONDAY, 1)[0]], only=MONDAY)
    release(moved, workouts, weeks(BEFORE, MONDAY, AFTER))
    # Nothing moved in the one that was asked for, and it stands now.
    assert reported(BEFORE) == ["2025-W12"]
    assert reported() == ["2025-W13", "2025-W14"]


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
