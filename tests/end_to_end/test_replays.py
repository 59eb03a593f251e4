"""Real exports, replayed through the whole lake, give the numbers that stand in their files."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb
import fitdecode
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable

from lake_layout.profile import profile
from tests.end_to_end.fitbit_files import Key, Reason, numbers, reconciled, rounded_to
from tests.end_to_end.running_lake import RunningLake

EXPORT, WORKOUTS = profile().shared_data / "fitbit", profile().shared_data / "workouts"
HOURS_UNTIL, DAYS_FROM = "2016-04-11", "2016-04-12"

pytestmark = pytest.mark.skipif(
    not (EXPORT.exists() and WORKOUTS.exists()), reason=f"no exports at {EXPORT} and {WORKOUTS}"
)


@pytest.fixture(scope="module")
def lake(empty_lake: RunningLake) -> RunningLake:
    empty_lake.command("replay", "fitbit", str(EXPORT), "--time-zone", "UTC")
    for _twice in range(2):
        empty_lake.command("replay", "workouts", str(WORKOUTS), "--user", "rider", "--time-zone", "Europe/Amsterdam")
    empty_lake.command("run", "land_sources")
    empty_lake.command("run", "daily_etl")
    return empty_lake


def _steps_of_the_files() -> dict[tuple[str, Any], int]:
    rows = duckdb.execute(f"""
        select Id::varchar, hour::date, sum(StepTotal)::int
        from (
            select *, strptime(ActivityHour, '%-m/%-d/%Y %-I:%M:%S %p') as hour
            from read_csv('{EXPORT}/hourlySteps_merged.csv', types = {{'ActivityHour': 'varchar'}})
        )
        where hour::date <= '{HOURS_UNTIL}'
        group by 1, 2
        union all
        select Id::varchar, ActivityDay::date, StepTotal::int from '{EXPORT}/dailySteps_merged.csv'
        where ActivityDay::date >= '{DAYS_FROM}'
    """).fetchall()
    return {(user, day): steps for user, day, steps in rows}


def _steps_of_the_mart(lake: RunningLake) -> dict[tuple[str, Any], int]:
    sql = "select user_id, activity_date, steps from marts.fct_daily_activity where steps is not null"
    return {(user, day): steps for user, day, steps in lake.clickhouse().query(sql).result_rows}


def test_steps_by_user_and_day_are_those_of_the_files(lake: RunningLake) -> None:
    expected = _steps_of_the_files()
    assert len({user for user, _day in expected}) == 34 + 1
    assert {key: steps for key, steps in _steps_of_the_mart(lake).items() if key in expected} == expected


def _in_mart(lake: RunningLake, mart: str, day: str, measure: str) -> dict[Key, Decimal]:
    sql = f"select user_id, {day}, {measure} from marts.{mart} where {day} >= '{DAYS_FROM}' and {measure} is not null"
    return {(user, on): Decimal(number) for user, on, number in lake.clickhouse().query(sql).result_rows}


def _accepted(lake: RunningLake, table: str) -> list[dict[str, Any]]:
    """The good rows of a silver table."""
    silver = DeltaTable(f"{lake.home}/lake/silver/{table}/v1").to_pyarrow_dataset()
    return silver.to_table(filter=pc.field("_status") == "accepted").to_pylist()


# The export tells of a day in one row how many sleeps it had, and no times of them: they are one stay in bed.
SEVERAL: dict[str, Reason] = {"several sleeps told as one": lambda _key, of_file, held: of_file > 1 and held == 1}
TO_THE_METRE: dict[str, Reason] = {"rounded to the millimetre": rounded_to("0.001")}
ACTIVITY, SLEEP = ("fct_daily_activity", "activity_date"), ("fct_nightly_sleep", "sleep_date")
TWICE = {"stands twice in the file": 3}


@pytest.mark.parametrize(
    "file, day, column, mart, measure, reasons, expected",
    [
        ("dailyActivity", "ActivityDate", "TotalSteps", ACTIVITY, "steps", {}, {"equal": 940}),
        ("dailyActivity", "ActivityDate", "Calories", ACTIVITY, "total_kcal", {}, {"equal": 940}),
        ("dailyCalories", "ActivityDay", "Calories", ACTIVITY, "total_kcal", {}, {"equal": 940}),
        (
            "dailyActivity",
            "ActivityDate",
            "TotalDistance::decimal(20,15) * 1000",
            ACTIVITY,
            "distance_m",
            TO_THE_METRE,
            {"equal": 107, "rounded to the millimetre": 833},
        ),
        ("sleepDay", "SleepDay", "TotalMinutesAsleep", SLEEP, "minutes_asleep", {}, {"equal": 410} | TWICE),
        ("sleepDay", "SleepDay", "TotalTimeInBed", SLEEP, "minutes_in_bed", {}, {"equal": 410} | TWICE),
        (
            "sleepDay",
            "SleepDay",
            "TotalSleepRecords",
            SLEEP,
            "session_count",
            SEVERAL,
            {"equal": 364, "several sleeps told as one": 46} | TWICE,
        ),
    ],
)
def test_gold_reconciles_with_the_files_day_by_day(
    lake: RunningLake,
    file: str,
    day: str,
    column: str,
    mart: tuple[str, str],
    measure: str,
    reasons: dict[str, Reason],
    expected: dict[str, int],
) -> None:
    assert reconciled(numbers(EXPORT, file, day, column), _in_mart(lake, *mart, measure), reasons) == expected


def test_weights_reconcile_with_the_file_to_the_gram(lake: RunningLake) -> None:
    """Gold has no weights: silver is where they are read."""
    weighed = _accepted(lake, "wearables/body_measurements")
    held = {(row["user_id"], row["event_date"]): row["weight_kg"] for row in weighed}
    written = numbers(EXPORT, "weightLogInfo", "Date", "WeightKg")
    assert len(held) == len(weighed)
    reasons = {"rounded to the gram": rounded_to("0.001")}
    assert reconciled(written, held, reasons) == {"equal": 19, "rounded to the gram": 48}


@pytest.mark.parametrize(
    "table, count",
    [("heart_rate_readings", 26_084), ("sleep_sessions", 410), ("body_measurements", 67)],
)
def test_silver_holds_every_record_of_the_export_once(lake: RunningLake, table: str, count: int) -> None:
    rows = _accepted(lake, f"wearables/{table}")
    assert sum(row["device_id"].startswith("fitbit-") for row in rows) == count


def test_postgres_and_clickhouse_agree_on_its_steps(lake: RunningLake) -> None:
    sql = "select user_id, summary_date, steps from reporting.daily_user_summary where steps is not null"
    with lake.postgres() as connection:
        postgres = {(user, day): steps for user, day, steps in connection.execute(sql).fetchall()}
    assert postgres
    assert postgres == _steps_of_the_mart(lake)


def _told(messages: list[Any], name: str) -> list[Any]:
    return [one for one in messages if one.name == name]


def _left_out(messages: list[Any]) -> float:
    """Seconds from a stop to a lap that was pressed before going on: the recorder's elapsed time is without them."""
    timer = [one for one in _told(messages, "event") if one.get_value("event") == "timer"]
    moments = [(one.get_value("timestamp"), str(one.get_value("event_type"))) for one in timer]
    pauses = [(at, until) for (at, kind), (until, _) in pairwise(moments) if kind.startswith("stop")]
    laps = [one.get_value("timestamp") for one in _told(messages, "lap")]
    return sum((lap - at).total_seconds() for lap in laps for at, until in pauses if at < lap <= until)


def test_workouts_have_the_durations_distances_and_records_that_a_decoder_gives(lake: RunningLake) -> None:
    rows = [row for row in _accepted(lake, "workouts/workout_sessions") if row["user_id"] == "rider"]
    found = {row["started_at"]: row for row in rows}
    assert len(found) == len(rows) == 5
    durations: Counter[str] = Counter()
    for path in WORKOUTS.glob("*.fit"):
        with fitdecode.FitReader(path) as reader:
            messages = [one for one in reader if isinstance(one, fitdecode.FitDataMessage)]
        of_file = [found[one.get_value("start_time")] for one in _told(messages, "session")]
        assert sum(row["sample_count"] for row in of_file) == len(_told(messages, "record"))
        for session, row in zip(_told(messages, "session"), of_file, strict=True):
            assert float(row["distance_m"] or 0) == session.get_value("total_distance")
            assert row["activity_type"] == session.get_value("sport")
            # Recorders tell stops, pauses and ends to the second.
            moving = row["duration_s"] - row["paused_s"]
            assert moving == pytest.approx(session.get_value("total_timer_time"), abs=1)
            elapsed = session.get_value("total_elapsed_time") + _left_out(messages)
            assert row["duration_s"] == pytest.approx(elapsed, abs=1)
            durations["a lap pressed in a pause" if _left_out(messages) else "equal"] += 1
    assert durations == {"equal": 4, "a lap pressed in a pause": 1}


def test_the_mart_of_workouts_tells_them_as_silver_does(lake: RunningLake) -> None:
    sql = "select workout_session_id, duration_s, moving_s, distance_m from marts.fct_workouts where user_id = 'rider'"
    silver = {
        (row["workout_session_id"], row["duration_s"], row["duration_s"] - row["paused_s"], row["distance_m"])
        for row in _accepted(lake, "workouts/workout_sessions")
        if row["user_id"] == "rider"
    }
    assert set(lake.clickhouse().query(sql).result_rows) == silver
