"""Real exports, replayed through the whole lake, give the numbers that stand in their files."""

from typing import Any

import duckdb
import fitdecode
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable

from lake_layout.profile import profile
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


@pytest.mark.parametrize(
    "table, count",
    [("heart_rate_readings", 26_084), ("sleep_sessions", 410), ("body_measurements", 67)],
)
def test_silver_holds_every_record_of_the_export_once(lake: RunningLake, table: str, count: int) -> None:
    silver = DeltaTable(f"{lake.home}/lake/silver/wearables/{table}/v1").to_pyarrow_dataset()
    accepted = silver.to_table(columns=["device_id"], filter=pc.field("_status") == "accepted")
    devices = accepted["device_id"].to_pylist()
    assert sum(device.startswith("fitbit-") for device in devices) == count


def test_postgres_and_clickhouse_agree_on_its_steps(lake: RunningLake) -> None:
    sql = "select user_id, summary_date, steps from reporting.daily_user_summary where steps is not null"
    with lake.postgres() as connection:
        postgres = {(user, day): steps for user, day, steps in connection.execute(sql).fetchall()}
    assert postgres
    assert postgres == _steps_of_the_mart(lake)


def test_recorded_workouts_are_sessions_with_the_times_distances_and_records_of_their_files(lake: RunningLake) -> None:
    silver = DeltaTable(f"{lake.home}/lake/silver/workouts/workout_sessions/v1").to_pyarrow_dataset()
    of_rider = silver.to_table(filter=(pc.field("user_id") == "rider") & (pc.field("_status") == "accepted"))
    found = {row["started_at"]: row for row in of_rider.to_pylist()}
    assert len(found) == of_rider.num_rows == 5
    for path in WORKOUTS.glob("*.fit"):
        with fitdecode.FitReader(path) as reader:
            told = [one for one in reader if isinstance(one, fitdecode.FitDataMessage)]
        sessions = [one for one in told if one.name == "session"]
        rows = [found[one.get_value("start_time")] for one in sessions]
        assert sum(row["sample_count"] for row in rows) == sum(one.name == "record" for one in told)
        for session, row in zip(sessions, rows, strict=True):
            assert float(row["distance_m"] or 0) == session.get_value("total_distance")
            assert row["activity_type"] == session.get_value("sport")
            # The recorder tells pauses to the second.
            moving = row["duration_s"] - row["paused_s"]
            assert moving == pytest.approx(session.get_value("total_timer_time"), abs=1)
