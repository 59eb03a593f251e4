"""The gate lets a good batch pass and halts a bad one, and says which rules were broken; so does Great Expectations."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from suite_batches import broken_rows, good_rows

from expectations.gate import NotEvaluated, judge
from expectations.promises import gate_rules
from expectations.rules import Rule
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
    # The DAG `docs` holds the other judge against this one, batch by batch.
    assert judge(of, zone, _frame(spark, of, zone, good_rows(of, zone))).findings == ()


@pytest.mark.parametrize(("of", "zone"), TABLES, ids=NAMES)
def test_a_bad_batch_halts_with_every_rule_it_breaks(
    of: Contract, zone: Zone, spark: "SparkSession", lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from expectations import data_docs

    # Counts cost a query for each rule, and names are the same without.
    monkeypatch.setattr(data_docs, "_COUNTS", data_docs._VERDICT)
    rows, broken = broken_rows(of, zone)
    frame = _frame(spark, of, zone, rows)
    outcome = judge(of, zone, frame)
    assert {finding.rule for finding in outcome.halting} == broken
    assert data_docs.DataDocs().validate(of, zone, frame) == {finding.rule for finding in outcome.findings}
    assert ("accepted_share" if zone is Zone.BRONZE else "keys_are_unique") in broken


@pytest.mark.parametrize("zone", [Zone.BRONZE, Zone.SILVER])
def test_an_empty_batch_passes_elsewhere(zone: Zone, spark: "SparkSession", lake: Path) -> None:
    from expectations.data_docs import DataDocs

    of = contract("market/daily_prices")
    frame = _frame(spark, of, zone, [])
    assert judge(of, zone, frame).findings == ()
    assert DataDocs().validate(of, zone, frame) == set()


@pytest.mark.parametrize("address", ["app_db/users", "app_db/devices"])
def test_an_empty_snapshot_halts(address: str, spark: "SparkSession", lake: Path) -> None:
    of = contract(address)
    from expectations.data_docs import DataDocs

    frame = _frame(spark, of, Zone.BRONZE, [])
    findings = judge(of, Zone.BRONZE, frame).halting
    assert [(finding.rule, finding.rows) for finding in findings] == [("snapshot_has_rows", 0)]
    assert DataDocs().validate(of, Zone.BRONZE, frame) == {"snapshot_has_rows"}


def test_only_users_and_devices_must_have_rows() -> None:
    counted = {
        of.address
        for of, zone in TABLES
        for rule in gate_rules(of, zone)
        if isinstance(rule.kwargs, RowCountBetween) and rule.action == "halt"
    }
    assert counted == {"app_db/users", "app_db/devices"}


# Rows: heart rates 60 (twice), 61 and null accepted, and 900 rejected.
COUNTED = [
    ("expect_column_values_to_not_be_null", {"column": "heart_rate_bpm"}, 1),
    ("expect_column_values_to_not_be_null", {"column": "heart_rate_bpm", "mostly": 0.75}, 0),
    ("expect_column_values_to_be_between", {"column": "heart_rate_bpm", "max_value": 60}, 1),
    ("expect_column_values_to_be_between", {"column": "heart_rate_bpm", "max_value": 60, "mostly": 0.66}, 0),
    ("expect_column_values_to_be_between", {"column": "heart_rate_bpm", "max_value": 60, "mostly": 0.67}, 1),
    ("expect_column_values_to_be_in_set", {"column": "heart_rate_bpm", "value_set": [61]}, 2),
    (
        "expect_column_values_to_be_in_set",
        {"column": "heart_rate_bpm", "value_set": [61], "row_condition": 'device_id == "b"'},
        0,
    ),
    (
        "expect_column_values_to_be_between",
        {"column": "heart_rate_bpm", "max_value": 60, "mostly": 0.6, "row_condition": 'device_id in ["b", "c"]'},
        1,
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "heart_rate_bpm", "column_B": "utc_offset_minutes"},
        2,
    ),
    (
        "expect_column_pair_seconds_to_be_between",
        {"column_A": "measured_at", "column_B": "measured_at", "min_value": 1},
        4,
    ),
    ("expect_compound_columns_to_be_unique", {"column_list": ["device_id", "measured_at"]}, 1),
    ("expect_compound_columns_to_be_unique", {"column_list": ["measured_at"]}, 3),
    (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["device_id", "heart_rate_bpm"], "row_condition": 'device_id == "b"'},
        0,
    ),
    ("expect_table_row_count_to_be_between", {"min_value": 5}, 4),
    ("expect_table_row_count_to_be_between", {"max_value": 4}, 0),
    ("expect_table_row_count_to_be_between", {"max_value": 1, "row_condition": 'device_id == "a"'}, 2),
]


@pytest.mark.parametrize(("expectation", "kwargs", "rows"), COUNTED)
def test_both_judges_ask_only_accepted_rows_and_let_a_share_through(
    expectation: str,
    kwargs: dict[str, Any],
    rows: int,
    spark: "SparkSession",
    lake: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from expectations import data_docs, gate, suites

    of = contract("wearables/heart_rate_readings")
    rule = Rule(rule="some_rule", expectation=expectation, kwargs=kwargs, action="halt", reason="words")
    for module in (data_docs, gate, suites):
        monkeypatch.setattr(module, "gate_rules", lambda *_: [rule])
    one = {**good_rows(of, Zone.SILVER, 1)[0], "utc_offset_minutes": 60}
    beats = [("a", 60), ("a", 60), ("b", 61), ("c", None)]
    given = [{**one, "device_id": device, "heart_rate_bpm": bpm} for device, bpm in beats]
    given.append({**one, "heart_rate_bpm": 900, "_status": tables.REJECTED})
    frame = _frame(spark, of, Zone.SILVER, given)
    findings = gate.judge(of, Zone.SILVER, frame).findings
    assert [(finding.rule, finding.rows) for finding in findings] == ([("some_rule", rows)] if rows else [])
    assert data_docs.DataDocs().validate(of, Zone.SILVER, frame) == ({"some_rule"} if rows else set())


def test_an_expectation_that_raised_is_no_verdict(spark: "SparkSession", lake: Path) -> None:
    of = contract("health/heart_rate_5m")
    frame = _frame(spark, of, Zone.GOLD, good_rows(of, Zone.GOLD)).selectExpr("* except (min_bpm)", "'many' as min_bpm")
    from expectations.data_docs import DataDocs

    for look in (judge, DataDocs().validate):
        with pytest.raises(NotEvaluated, match="lowest_is_plausible: .*CAST_INVALID_INPUT"):
            look(of, Zone.GOLD, frame)


@pytest.mark.parametrize("state", [None, "HY000"])
def test_a_server_that_is_away_is_no_verdict_and_is_asked_once(state: str | None) -> None:
    asked = []

    class Away:
        def agg(self, *_: object) -> None:
            asked.append(1)
            raise SparkConnectGrpcException("gone", sql_state=state)

    with pytest.raises(SparkConnectGrpcException, match="gone"):
        judge(contract("health/heart_rate_5m"), Zone.GOLD, Away())
    assert asked == [1]


def test_examples_show_what_is_not_personal_of_a_row(spark: "SparkSession", lake: Path) -> None:
    of = contract("app_db/users")
    rows = [{**row, "birth_year": 1066} for row in good_rows(of, Zone.BRONZE, 1)]
    (finding,) = judge(of, Zone.BRONZE, _frame(spark, of, Zone.BRONZE, rows)).findings
    assert (finding.rule, finding.action, finding.rows) == ("birth_year_is_plausible", "warn", 1)
    assert finding.examples == ("(personal)",)
    sleeps = contract("wearables/sleep_sessions")
    twice = [{**row, "sleep_session_id": "one", "device_id": "anna's"} for row in good_rows(sleeps, Zone.SILVER, 2)]
    (finding,) = judge(sleeps, Zone.SILVER, _frame(spark, sleeps, Zone.SILVER, twice)).findings
    assert (finding.rule, finding.examples) == ("keys_are_unique", ("sleep_session_id=one, count=2",))
