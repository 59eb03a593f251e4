"""What the warehouses hold is gold, by count and hash; what is not is named by table and date."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import tiny_lake
from clickhouse_connect.driver.client import Client
from tiny_lake import MONDAY, TUESDAY, instant

from lake_layout.contracts import Zone, in_order
from spark_jobs.release import job, log
from spark_jobs.verify import warehouses
from spark_jobs.verify.findings import Verdict

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


def found(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(one.check, one.dataset, one.words) for one in warehouses.check() if one.verdict is verdict]


@pytest.fixture
def awkward(warehouses: None) -> Iterator[None]:
    for address, rows in _AWKWARD.items():
        tiny_lake.write(address, rows)
    job.run()
    yield
    tiny_lake.fill()
    job.run()


def test_every_difference_is_named_by_table_and_date(
    awkward: None, clickhouse: Client, postgres: psycopg.Connection
) -> None:
    assert found(Verdict.WRONG) == found(Verdict.WARNING) == []
    # Of both databases: the release, and each table of gold that it has.
    gold = in_order(Zone.GOLD)
    assert len(found(Verdict.GOOD)) == 2 + len(gold) + sum(of.is_in_postgres for of in gold)
    marts = f"marts_r{log.read().current}"

    clickhouse.command(f"DELETE FROM {marts}.fct_daily_activity WHERE activity_date = '{MONDAY}'")
    postgres.execute("UPDATE gold.health__nightly_sleep SET bed_at = bed_at + interval '1 microsecond'")
    postgres.execute("UPDATE gold.health__daily_activity SET distance_m = NULL WHERE user_id <> ''")
    again = "build it again: lake run daily_etl"
    assert sorted(found(Verdict.WRONG)) == [
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
    awkward: None, clickhouse: Client
) -> None:
    tiny_lake.write("health/hourly_steps", tiny_lake.HOURLY_STEPS[:1])
    newer = "gold has a newer version than the one published"
    assert found(Verdict.WARNING) == [
        ("clickhouse = gold", "health/hourly_steps", newer),
        ("postgres = gold", "health/hourly_steps", newer),
    ]
    marts = f"marts_r{log.read().current}"
    clickhouse.command(
        f"ALTER TABLE {marts}.freshness UPDATE lake_version = 999 WHERE dataset = 'health/hourly_steps'",
        settings={"mutations_sync": 2},
    )
    [stale] = found(Verdict.WRONG)
    assert stale[:2] == ("clickhouse = gold", "health/hourly_steps")
    assert "fct_hourly_steps was built from version 999, the release names" in stale[2]


def test_a_database_that_shows_another_release_than_was_decided_is_wrong(
    warehouses: None, postgres: psycopg.Connection
) -> None:
    current = log.read().current
    postgres.execute("UPDATE reporting.release SET release_id = release_id + 1")
    [(check, where, words)] = found(Verdict.WRONG)
    postgres.execute("UPDATE reporting.release SET release_id = release_id - 1")
    assert (check, where) == ("release", "postgres")
    assert f"release {current} was decided" in words
