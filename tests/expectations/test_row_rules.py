"""Row rules judge single rows, as Great Expectations would."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from expectations.rules import Rule, rules
from lake_layout import tables
from lake_layout.contracts import Zone, contract

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

NOON, MINUTE_LATER = datetime(2025, 3, 24, 12, tzinfo=UTC), datetime(2025, 3, 24, 12, 1, tzinfo=UTC)
METRIC = {"metric_type": "heart_rate", "value": 61.0, "unit": "bpm", "measured_at": NOON, "sent_at": NOON}


def _frame(spark: "SparkSession", address: str, zone: Zone, rows: list[dict[str, Any]]) -> "DataFrame":
    columns = tables.columns(contract(address), zone)
    return spark.createDataFrame([tuple(row.get(c.name) for c in columns) for row in rows], tables.ddl(columns))


def _reasons(spark: "SparkSession", address: str, zone: Zone, *rows: dict[str, Any]) -> list[list[str]]:
    from expectations.row_rules import reasons

    frame = _frame(spark, address, zone, list(rows))
    return [row[0] for row in frame.select(reasons(address, zone)).collect()]


def _metrics(spark: "SparkSession", *changes: dict[str, Any]) -> list[list[str]]:
    return _reasons(spark, "wearables/health_metrics", Zone.BRONZE, *({**METRIC, **change} for change in changes))


def test_a_good_metric_has_no_reason(spark: "SparkSession", lake: Path) -> None:
    assert _metrics(spark, {}) == [[]]


def test_each_broken_rule_is_named_with_its_words(spark: "SparkSession", lake: Path) -> None:
    assert _metrics(spark, {"metric_type": "steps", "unit": "bpm", "value": None}) == [
        [
            "value_is_given: a measurement without a value",
            "steps_unit_is_known: steps are sent as a count",
            "interval_has_an_end: a value over an interval needs the end of the interval",
        ]
    ]


def test_a_value_that_is_not_finite_is_no_number(spark: "SparkSession", lake: Path) -> None:
    assert [len(found) for found in _metrics(spark, {"value": float("nan")}, {"value": 1e300})] == [1, 1]


def test_sleep_may_leave_value_and_unit_out(spark: "SparkSession", lake: Path) -> None:
    night = {"metric_type": "sleep", "value": None, "unit": None, "interval_end": MINUTE_LATER}
    assert _metrics(spark, {**night, "sleep_stage": "rem", "sleep_session_id": "s"}) == [[]]


def test_clock_skew_is_a_warning_not_a_reason(spark: "SparkSession", lake: Path) -> None:
    from expectations.row_rules import breaks

    early = {**METRIC, "sent_at": datetime(2025, 3, 24, 11, 54, 59, tzinfo=UTC)}
    just = {**METRIC, "sent_at": datetime(2025, 3, 24, 11, 55, tzinfo=UTC)}
    address = "wearables/health_metrics"
    (clocks_agree,) = (rule for rule in rules(address, Zone.BRONZE) if rule.action == "warn")
    frame = _frame(spark, address, Zone.BRONZE, [early, just])
    assert [row[0] for row in frame.select(breaks(clocks_agree.kwargs)).collect()] == [True, False]
    assert _metrics(spark, early) == [[]]


@pytest.mark.parametrize(("bpm", "count"), [(19, 1), (20, 0), (250, 0), (251, 1), (None, 0)])
def test_heart_rates_from_20_to_250_are_plausible(
    bpm: int | None, count: int, spark: "SparkSession", lake: Path
) -> None:
    address = "wearables/heart_rate_readings"
    assert len(_reasons(spark, address, Zone.SILVER, {"heart_rate_bpm": bpm})[0]) == count


@pytest.mark.parametrize(("steps", "count"), [(300, 0), (301, 0), (302, 1)])
def test_300_steps_a_minute_are_plausible_and_one_more_for_rounding(
    steps: int, count: int, spark: "SparkSession", lake: Path
) -> None:
    piece = {"steps": steps, "started_at": NOON, "ended_at": MINUTE_LATER}
    assert len(_reasons(spark, "wearables/step_intervals", Zone.SILVER, piece)[0]) == count


JUDGED = [
    ("expect_column_values_to_not_be_null", {"column": "text"}, [0]),
    ("expect_column_values_to_be_between", {"column": "number", "min_value": 2, "max_value": 3}, [0, 3]),
    (
        "expect_column_values_to_be_between",
        {"column": "number", "min_value": 2, "max_value": 4, "strict_min": True, "strict_max": True},
        [0, 1, 3],
    ),
    ("expect_column_values_to_be_in_set", {"column": "text", "value_set": ["UTC", "b"]}, [2]),
    ("expect_column_values_to_match_regex", {"column": "text", "regex": "^[A-Z]+$"}, [2, 3, 4]),
    ("expect_column_value_lengths_to_be_between", {"column": "text", "min_value": 2}, [2, 3, 4]),
    ("expect_column_values_to_be_time_zones", {"column": "text"}, [2, 3, 4]),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "ended", "column_B": "started"}, [1, 2]),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "ended", "column_B": "started", "or_equal": True},
        [2],
    ),
    (
        "expect_column_pair_seconds_to_be_between",
        {"column_A": "started", "column_B": "ended", "min_value": 0, "max_value": 59},
        [0, 2],
    ),
    (
        "expect_multicolumn_rate_per_minute_to_be_between",
        {"column_list": ["number", "started", "ended"], "max_value": 1, "tolerance": 1},
        [1, 2],
    ),
    (
        "expect_column_values_to_be_between",
        {"column": "number", "max_value": 0, "row_condition": 'text in ["UTC", "z"]'},
        [1, 2],
    ),
]
ROWS = [
    (0, None, 1, NOON, MINUTE_LATER),
    (1, "UTC", 2, NOON, NOON),
    (2, "z", 3, MINUTE_LATER, NOON),
    (3, "b", 4, NOON, None),
    (4, "b", None, None, NOON),
]


@pytest.mark.parametrize(("expectation", "kwargs", "broken"), JUDGED)
def test_our_column_and_great_expectations_judge_alike(
    expectation: str, kwargs: dict[str, Any], broken: list[int], spark: "SparkSession", lake: Path
) -> None:
    import great_expectations as gx

    from expectations.row_rules import breaks
    from expectations.suites import configuration

    rule = Rule(rule="some_rule", expectation=expectation, kwargs=kwargs, action="quarantine", reason="words")
    frame = spark.createDataFrame(ROWS, "id int, text string, number int, started timestamp, ended timestamp")
    assert [row.id for row in frame.where(breaks(rule.kwargs)).collect()] == broken
    context = gx.get_context(mode="ephemeral")
    batch = context.data_sources.add_spark("s", persist=False).add_dataframe_asset("a")
    definition = batch.add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
    result = definition.validate(configuration(rule, accepted_only=False).to_domain_obj())
    assert not any(info.get("raised_exception") for info in [result.exception_info])
    assert result.result["unexpected_count"] == len(broken)
