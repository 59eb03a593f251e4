"""What the warehouses get of the lake when it is published for the next release, again and again."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import tiny_lake
from clickhouse_connect.driver.client import Client
from tiny_lake import MONDAY, NEXT_MONDAY

from spark_jobs.publish import clickhouse as to_clickhouse
from spark_jobs.publish import pins
from spark_jobs.publish import postgres as to_postgres
from spark_jobs.publish.pins import Pin

_PRICES = "market/daily_prices"
Publish = Callable[[Iterable[Pin], int, datetime], dict[str, Any]]


def publish(to: Publish) -> dict[str, Any]:
    """The newest versions, for a release that is not made in the end."""
    return to(pins.choose(), 999, datetime(2025, 4, 1, tzinfo=UTC))


def _price(symbol: str, status: str = "accepted") -> dict[str, object]:
    return {"symbol": symbol, "trading_date": MONDAY, "currency": "EUR", "_status": status}


def _symbols(client: Client) -> list[str]:
    return [row[0] for row in client.query("SELECT symbol FROM lake_next.market__daily_prices ORDER BY 1").result_rows]


def test_a_view_shows_its_version_until_the_lake_is_published_again(clickhouse: Client) -> None:
    tiny_lake.write(_PRICES, [_price("OLD")])
    publish(to_clickhouse.publish)
    tiny_lake.write(_PRICES, [_price("NEW")])
    assert _symbols(clickhouse) == ["OLD"]
    publish(to_clickhouse.publish)
    assert _symbols(clickhouse) == ["NEW"]


def test_rejected_rows_stay_in_the_lake(clickhouse: Client) -> None:
    tiny_lake.write(_PRICES, [_price("GOOD"), _price("BAD", status="rejected")])
    publish(to_clickhouse.publish)
    assert _symbols(clickhouse) == ["GOOD"]
    counted = clickhouse.query(f"SELECT row_count FROM lake_next.publications WHERE dataset = '{_PRICES}'").result_rows
    assert [tuple(row) for row in counted] == [(1,)]


def test_a_table_that_does_not_exist_yet_is_an_empty_view_of_the_same_types(clickhouse: Client) -> None:
    def types(name: str) -> list[tuple[str, str]]:
        return [tuple(row[:2]) for row in clickhouse.query(f"DESCRIBE lake_next.{name}").result_rows]

    publish(to_clickhouse.publish)
    assert clickhouse.query("SELECT * FROM lake_next.weather__daily_observations").result_rows == []
    before = types("weather__daily_observations")
    tiny_lake.write("weather/daily_observations", [])
    publish(to_clickhouse.publish)
    assert types("weather__daily_observations") == before


def test_a_column_newer_than_the_data_is_null(clickhouse: Client) -> None:
    weighed = {"device_id": "scale", "event_date": MONDAY, "_status": "accepted"}
    tiny_lake.write("wearables/body_measurements", [weighed], without=("weight_kg",))
    publish(to_clickhouse.publish)
    query = "SELECT device_id, weight_kg FROM lake_next.wearables__body_measurements"
    assert [tuple(row) for row in clickhouse.query(query).result_rows] == [("scale", None)]


def test_postgres_copies_only_the_dates_that_changed(postgres: psycopg.Connection) -> None:
    publish(to_postgres.publish)
    again = dict(tiny_lake.HOURLY_STEPS[1], steps=777)
    tiny_lake.write("health/hourly_steps", [again], only=NEXT_MONDAY)
    copied = publish(to_postgres.publish)["copied_rows"]
    assert {dataset: rows for dataset, rows in copied.items() if rows} == {"health/hourly_steps": 1}
    query = "SELECT event_date, steps FROM gold.health__hourly_steps ORDER BY 1"
    assert postgres.execute(query).fetchall() == [(MONDAY, 9000), (NEXT_MONDAY, 777)]
    tiny_lake.write("health/hourly_steps", tiny_lake.HOURLY_STEPS)
    publish(to_postgres.publish)


def test_a_publication_that_breaks_changes_no_table(postgres: psycopg.Connection) -> None:
    publish(to_postgres.publish)
    before = postgres.execute("SELECT * FROM gold.publications ORDER BY 1").fetchall()
    tiny_lake.write("app_db/devices", [dict(tiny_lake.DEVICES[0], model="another")])
    tiny_lake.write("health/nightly_sleep", [*tiny_lake.NIGHTLY_SLEEP, *tiny_lake.NIGHTLY_SLEEP])
    with pytest.raises(Exception, match="duplicate key"):
        publish(to_postgres.publish)
    assert postgres.execute("SELECT * FROM gold.publications ORDER BY 1").fetchall() == before
    assert postgres.execute("SELECT model FROM gold.app_db__devices").fetchall() == [("Pulse 3",)]
    tiny_lake.write("app_db/devices", tiny_lake.DEVICES)
    tiny_lake.write("health/nightly_sleep", tiny_lake.NIGHTLY_SLEEP)
    publish(to_postgres.publish)


def test_a_changed_contract_makes_its_table_anew(postgres: psycopg.Connection) -> None:
    publish(to_postgres.publish)
    postgres.execute("ALTER TABLE gold.app_db__goals RENAME COLUMN goal_id TO former_name")
    publish(to_postgres.publish)
    assert postgres.execute("SELECT goal_id FROM gold.app_db__goals").fetchall() == []


def test_both_warehouses_say_which_versions_they_show(clickhouse: Client, postgres: psycopg.Connection) -> None:
    publish(to_clickhouse.publish)
    publish(to_postgres.publish)
    query = "SELECT dataset, lake_version, row_count, release_id FROM {}.publications ORDER BY 1"
    there = {row[0]: tuple(row) for row in clickhouse.query(query.format("lake_next")).result_rows}
    here = postgres.execute(query.format("gold")).fetchall()
    assert here == [there[row[0]] for row in here]
    assert {row[0] for row in here} == {pin.contract.address for pin in pins.for_reports(pins.choose())}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM gold.health__daily_activity",
        "SELECT (SELECT count(*) FROM gold.publications)",
        "SELECT s.* FROM reporting.weekly_steps w JOIN gold.app_db__users s USING (user_id)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE TABLE reporting.mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (a int)",
        "DELETE FROM reporting.weekly_steps",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY reporting.weekly_steps TO PROGRAM 'cat'",
    ],
)
def test_the_postgres_reader_sees_reporting_and_writes_nothing(
    postgres_reader: psycopg.Connection, statement: str
) -> None:
    postgres_reader.execute("SET default_transaction_read_only = off")
    assert postgres_reader.execute("SELECT count(*) FROM reporting.weekly_steps").fetchall() == [(2,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres_reader.execute(statement)
