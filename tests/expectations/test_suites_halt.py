"""Every suite lets a good batch pass and halts a bad one, and says which rules were broken."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from suite_batches import broken_rows, good_rows

from expectations.vocabulary import RowCountBetween
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract, contracts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLES = [(of, zone) for of in contracts().values() for zone in of.zones if zone is not Zone.RAW]
pytestmark = pytest.mark.services
NAMES = [f"{zone}.{of.address}" for of, zone in TABLES]


def _frame(spark: "SparkSession", of: Contract, zone: Zone, rows: list[dict[str, Any]]) -> "DataFrame":
    columns = tables.columns(of, zone)
    return spark.createDataFrame([tuple(row[c.name] for c in columns) for row in rows], tables.ddl(columns))


@pytest.mark.parametrize(("of", "zone"), TABLES, ids=NAMES)
def test_a_good_batch_passes(of: Contract, zone: Zone, spark: "SparkSession", lake: Path) -> None:
    from expectations.gate import Gate

    outcome = Gate(zone).validate(of, _frame(spark, of, zone, good_rows(of, zone)))
    assert outcome.findings == ()


@pytest.mark.parametrize(("of", "zone"), TABLES, ids=NAMES)
def test_a_bad_batch_halts_with_every_rule_it_breaks(
    of: Contract, zone: Zone, spark: "SparkSession", lake: Path
) -> None:
    from expectations.gate import Gate

    rows, broken = broken_rows(of, zone)
    outcome = Gate(zone).validate(of, _frame(spark, of, zone, rows))
    assert {finding.rule for finding in outcome.halting} == broken
    assert ("accepted_share" if zone is Zone.BRONZE else "keys_are_unique") in broken


@pytest.mark.parametrize("zone", [Zone.BRONZE, Zone.SILVER])
def test_an_empty_batch_passes_elsewhere(zone: Zone, spark: "SparkSession", lake: Path) -> None:
    from expectations.gate import Gate

    of = contract("market/daily_prices")
    assert Gate(zone).validate(of, _frame(spark, of, zone, [])).findings == ()


@pytest.mark.parametrize("address", ["app_db/users", "app_db/devices"])
def test_an_empty_snapshot_halts(address: str, spark: "SparkSession", lake: Path) -> None:
    from expectations.gate import Gate

    of = contract(address)
    outcome = Gate(Zone.BRONZE).validate(of, _frame(spark, of, Zone.BRONZE, []))
    assert [(finding.rule, finding.rows) for finding in outcome.halting] == [("snapshot_has_rows", 0)]


def test_only_users_and_devices_must_have_rows() -> None:
    from expectations.suites import gate_rules

    counted = {
        of.address
        for of, zone in TABLES
        for rule in gate_rules(of, zone)
        if isinstance(rule.kwargs, RowCountBetween) and rule.action == "halt"
    }
    assert counted == {"app_db/users", "app_db/devices"}


def test_an_expectation_that_raised_is_no_verdict(spark: "SparkSession", lake: Path) -> None:
    from expectations.gate import Gate, NotEvaluated

    of = contract("health/heart_rate_5m")
    frame = _frame(spark, of, Zone.GOLD, good_rows(of, Zone.GOLD)).selectExpr("* except (min_bpm)", "'many' as min_bpm")
    with pytest.raises(NotEvaluated, match="lowest_is_plausible: .*CAST_INVALID_INPUT"):
        Gate(Zone.GOLD).validate(of, frame)


def test_examples_show_the_key_and_no_personal_value(spark: "SparkSession", lake: Path) -> None:
    from expectations.gate import Gate

    of = contract("app_db/users")
    rows = [{**row, "birth_year": 1066} for row in good_rows(of, Zone.BRONZE, 1)]
    (finding,) = Gate(Zone.BRONZE).validate(of, _frame(spark, of, Zone.BRONZE, rows)).findings
    assert (finding.rule, finding.action, finding.rows) == ("birth_year_is_plausible", "warn", 1)
    assert finding.examples == ("user_id=user_id-0",)
