"""What the warehouses hold is gold, by count and hash; what is not is named by table and date."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import tiny_lake
from clickhouse_connect.driver.client import Client
from put_back import put_back
from tiny_lake import MONDAY, TUESDAY, instant

from lake_layout.contracts import Zone, in_order
from spark_jobs.release import job, log
from spark_jobs.verify import warehouses
from spark_jobs.verify.findings import Finding, Verdict

# What engines write in ways of their own: signs, scales, nulls, instants before 1970, other alphabets, the separator.
_AWKWARD: dict[str, list[dict[str, Any]]] = {
    "health/daily_activity": [
        {"user_id": "zoë|✓ \\N '", "activity_date": MONDAY, "distance_m": Decimal("-0.001"), "active_minutes": 0},
        {"user_id": "", "activity_date": TUESDAY, "basal_kcal": Decimal("99999999999.999"), "steps": 2_000_000_000},
    ],
    "health/nightly_sleep": [
        {"user_id": "anna", "sleep_date": TUESDAY, "bed_at": instant("1969-12-31 23:59:59.999999")},
        {"user_id": "ben", "sleep_date": TUESDAY, "efficiency": Decimal("0.5000"), "wake_at": instant("2099-01-01")},
    ],
}


HOURS = "health/hourly_steps"


def told(findings: list[Finding], verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(one.check, one.dataset, one.words) for one in findings if one.verdict is verdict]


def wrong() -> list[tuple[str, str, str]]:
    return sorted(told(warehouses.check(), Verdict.WRONG))


@pytest.fixture(scope="module")
def awkward(warehouse_environment: dict[str, str], _built: None) -> Iterator[list[Finding]]:
    """A release of awkward rows, and what is told of it; each test damages other tables of it."""
    with put_back(warehouse_environment):
        for address, rows in _AWKWARD.items():
            tiny_lake.write(address, rows)
        job.run()
        yield warehouses.check()


def test_awkward_rows_are_the_same_in_the_lake_and_in_both_databases(awkward: list[Finding]) -> None:
    assert told(awkward, Verdict.WRONG) == told(awkward, Verdict.WARNING) == []
    # Of both databases: the release, and each table of gold that it has.
    gold = in_order(Zone.GOLD)
    assert len(told(awkward, Verdict.GOOD)) == 2 + len(gold) + sum(of.is_in_postgres for of in gold)


def test_every_difference_is_named_by_table_and_date(
    awkward: list[Finding], clickhouse: Client, postgres: psycopg.Connection
) -> None:
    marts = f"marts_r{log.read().current}"
    clickhouse.command(f"DELETE FROM {marts}.fct_daily_activity WHERE activity_date = '{MONDAY}'")
    postgres.execute("UPDATE gold.health__nightly_sleep SET bed_at = bed_at + interval '1 microsecond'")
    postgres.execute("UPDATE gold.health__daily_activity SET distance_m = NULL WHERE user_id <> ''")
    again = "build it again: lake run daily_etl"
    assert [one for one in wrong() if one[1] != HOURS] == [
        (
            "clickhouse = gold",
            "health/daily_activity",
            f"{marts}.fct_daily_activity: {MONDAY}: 1 rows in gold, 0 here; {again}",
        ),
        (
            "postgres = gold",
            "health/daily_activity",
            f"gold.health__daily_activity: {MONDAY}: 1 rows in gold, 1 here, not the same ones; {again}",
        ),
        (
            "postgres = gold",
            "health/nightly_sleep",
            f"gold.health__nightly_sleep: {TUESDAY}: 2 rows in gold, 2 here, not the same ones; {again}",
        ),
    ]


def test_a_lake_that_moved_on_is_a_warning_and_a_mart_of_another_version_is_wrong(
    awkward: list[Finding], clickhouse: Client
) -> None:
    tiny_lake.write(HOURS, tiny_lake.HOURLY_STEPS[:1])
    newer = "gold has a newer version than the one published"
    assert told(warehouses.check(), Verdict.WARNING) == [
        ("clickhouse = gold", HOURS, newer),
        ("postgres = gold", HOURS, newer),
    ]
    marts = f"marts_r{log.read().current}"
    clickhouse.command(
        f"ALTER TABLE {marts}.freshness UPDATE lake_version = 999 WHERE dataset = '{HOURS}'",
        settings={"mutations_sync": 2},
    )
    [stale] = [one for one in wrong() if one[1] == HOURS]
    assert stale[0] == "clickhouse = gold"
    assert "fct_hourly_steps was built from version 999, the release names" in stale[2]


def test_a_database_that_shows_another_release_than_was_decided_is_wrong(
    warehouses: None, postgres: psycopg.Connection
) -> None:
    current = log.read().current
    postgres.execute("UPDATE reporting.release SET release_id = release_id + 1")
    try:
        [(_, where, words)] = [one for one in wrong() if one[0] == "release"]
    finally:
        postgres.execute("UPDATE reporting.release SET release_id = release_id - 1")
    assert where == "postgres"
    assert f"release {current} was decided" in words
