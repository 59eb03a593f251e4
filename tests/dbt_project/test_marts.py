"""What dbt makes of a tiny lake, in both warehouses, compared by value."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
import tiny_gold
import tiny_lake
from clickhouse_connect.driver.client import Client
from tiny_lake import MONDAY, NEXT_MONDAY, TUESDAY


def _rows(client: Client, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in client.query(query).result_rows]


def _without_zone(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def test_a_day_of_activity_reaches_its_mart_as_it_is_in_the_lake(clickhouse: Client) -> None:
    query = "SELECT * FROM marts.fct_daily_activity ORDER BY user_id, activity_date"
    found = list(clickhouse.query(query).named_results())
    names = list(tiny_lake.DAILY_ACTIVITY[0])
    assert [{name: row[name] for name in names} for row in found] == [
        {name: row.get(name) for name in names} for row in tiny_lake.DAILY_ACTIVITY
    ]
    assert [(row["week_start_date"], row["is_weekend"]) for row in found] == [
        (MONDAY, False),
        (NEXT_MONDAY, False),
        (MONDAY, False),
    ]


def test_nights_hours_and_windows_keep_their_values(clickhouse: Client) -> None:
    assert _rows(clickhouse, "SELECT sleep_date, minutes_asleep, efficiency FROM marts.fct_nightly_sleep") == [
        (TUESDAY, 440, Decimal("0.9167"))
    ]
    assert _rows(clickhouse, "SELECT event_date, local_hour, steps FROM marts.fct_hourly_steps ORDER BY 1") == [
        (MONDAY, 10, 9000),
        (NEXT_MONDAY, 0, 500),
    ]
    assert _rows(
        clickhouse,
        "SELECT toString(window_start_at), avg_bpm, min_bpm, max_bpm, reading_count FROM marts.fct_heart_rate_5m",
    ) == [("2025-03-24 10:05:00.000000", Decimal("60.50"), 60, 61, 2)]


@pytest.mark.parametrize("mart", tiny_gold.MARTS)
def test_a_mart_has_the_values_of_the_lake(clickhouse: Client, mart: str) -> None:
    found = list(clickhouse.query(f"SELECT * FROM marts.{mart} ORDER BY ALL").named_results())
    _address, rows = tiny_gold.MARTS[mart]
    # The client leaves out that instants are in UTC.
    expected = [{name: row.get(name) for name in found[0]} for row in rows]
    assert found == [{name: _without_zone(value) for name, value in row.items()} for row in expected]


def test_a_user_stands_in_the_dimension_once_as_last_known(clickhouse: Client) -> None:
    assert _rows(
        clickhouse, "SELECT user_id, time_zone, city, toString(created_at), is_deleted FROM marts.dim_users ORDER BY 1"
    ) == [
        ("anna", "Europe/Berlin", "Köln's \\ best", "2025-01-01 08:00:00.123456", False),
        ("ben", "Asia/Tokyo", None, None, False),
    ]


def test_a_date_is_as_the_calendar_has_it(clickhouse: Client) -> None:
    days = [date(2000, 1, 1) + timedelta(days=n) for n in range((date(2050, 1, 1) - date(2000, 1, 1)).days)]
    found = _rows(
        clickhouse,
        "SELECT calendar_date, calendar_year, month_of_year, day_of_month, day_of_year, month_name, day_name, iso_year,"
        " iso_week, day_of_week, quarter_of_year, quarter_start_date, month_start_date, year_start_date,"
        " week_start_date, is_weekend, is_month_end FROM marts.dim_dates ORDER BY 1",
    )
    assert found == [
        (
            *(day, day.year, day.month, day.day, day.timetuple().tm_yday, f"{day:%B}", f"{day:%A}", *day.isocalendar()),
            *((day.month + 2) // 3, day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)),
            *(day.replace(day=1), day.replace(month=1, day=1), day - timedelta(days=day.weekday())),
            *(day.weekday() >= 5, (day + timedelta(days=1)).day == 1),
        )
        for day in days
    ]


def test_a_day_with_steps_and_the_morning_after_are_rows_of_the_summary(postgres: psycopg.Connection) -> None:
    query = (
        "SELECT user_id, summary_date, steps, minutes_asleep, time_zone FROM reporting.daily_user_summary ORDER BY 1, 2"
    )
    assert postgres.execute(query).fetchall() == [
        ("anna", MONDAY, 9000, None, "Europe/Berlin"),
        ("anna", TUESDAY, None, 440, "Europe/Berlin"),
        ("anna", NEXT_MONDAY, 500, None, "Europe/Berlin"),
        ("ben", MONDAY, None, None, "Asia/Tokyo"),
    ]


def test_weeks_are_sums_of_days(postgres: psycopg.Connection) -> None:
    assert postgres.execute("SELECT * FROM reporting.weekly_steps ORDER BY 1, 2").fetchall() == [
        ("anna", MONDAY, 9000, 1, 9000, None),
        ("anna", NEXT_MONDAY, 500, 1, 500, 9000),
    ]


def test_both_warehouses_tell_the_same_days(clickhouse: Client, postgres: psycopg.Connection) -> None:
    names = ", ".join(name for name in tiny_lake.DAILY_ACTIVITY[0] if name != "activity_date")
    there = _rows(clickhouse, f"SELECT activity_date, {names} FROM marts.fct_daily_activity ORDER BY user_id, 1")
    here = postgres.execute(
        f"SELECT summary_date, {names} FROM reporting.daily_user_summary"
        " WHERE minutes_asleep IS NULL ORDER BY user_id, 1"
    ).fetchall()
    assert here == there


def test_freshness_names_newest_date_rows_and_version(clickhouse: Client, postgres: psycopg.Connection) -> None:
    query = (
        "SELECT table_name, dataset, newest_event_date, row_count, lake_version IS NOT NULL"
        " FROM {}.freshness ORDER BY 1, 2"
    )
    found = _rows(clickhouse, query.format("marts"))
    assert ("fct_daily_activity", "health/daily_activity", NEXT_MONDAY, 3, True) in found
    assert ("dim_users", "app_db/users", None, 2, True) in found
    assert postgres.execute(query.format("reporting")).fetchall() == [
        ("daily_user_summary", "health/daily_activity", NEXT_MONDAY, 4, True),
        ("daily_user_summary", "health/nightly_sleep", NEXT_MONDAY, 4, True),
        ("weekly_steps", "health/daily_activity", NEXT_MONDAY, 2, True),
    ]
    published = {row[0] for row in postgres.execute("SELECT published_at FROM reporting.freshness").fetchall()}
    assert len(published) == 1 and published.pop().date() > date(2025, 1, 1)


def test_every_table_and_column_that_readers_see_has_a_comment(
    clickhouse: Client, postgres: psycopg.Connection
) -> None:
    for database in ("marts", "lake"):
        assert not _rows(clickhouse, f"SELECT name FROM system.tables WHERE database = '{database}' AND comment = ''")
    assert not _rows(clickhouse, "SELECT table, name FROM system.columns WHERE database = 'marts' AND comment = ''")
    bare = (
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = 'reporting' AND c.relkind = 'r' AND a.attnum > 0"
        " AND NOT a.attisdropped"
        " AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)"
    )
    assert postgres.execute(bare).fetchall() == []
