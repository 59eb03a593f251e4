"""The expectations that Great Expectations lacks: pairs of instants, rates, time zones, repeated keys; on Spark.

Defining a class registers it; the formulas are those of `row_rules`, so that both judge alike.
"""

from typing import Any, ClassVar, Literal

from great_expectations.execution_engine import ExecutionEngine, SparkDFExecutionEngine
from great_expectations.expectations.expectation import (
    ColumnAggregateExpectation,
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_partial,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    MulticolumnMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
    multicolumn_condition_partial,
)
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from expectations import row_rules


class TimeZoneMetric(ColumnMapMetricProvider):
    condition_metric_name = "column_values.time_zone"

    @column_condition_partial(engine=SparkDFExecutionEngine)
    def _spark(cls, column: Column, **_: Any) -> Column:
        return ~row_rules.not_a_time_zone(column)


class ExpectColumnValuesToBeTimeZones(ColumnMapExpectation):
    """Every value is an IANA time zone name."""

    map_metric = "column_values.time_zone"


class SecondsMetric(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.seconds_between"
    condition_value_keys = ("min_value", "max_value")

    @column_pair_condition_partial(engine=SparkDFExecutionEngine)
    def _spark(cls, column_A: Column, column_B: Column, **bounds: Any) -> Column:
        return ~row_rules.seconds_outside(column_A, column_B, bounds["min_value"], bounds["max_value"])


class ExpectColumnPairSecondsToBeBetween(ColumnPairMapExpectation):
    """From instant A to instant B it is at least `min_value` and at most `max_value` seconds."""

    min_value: int | None = None
    max_value: int | None = None
    ignore_row_if: Literal["both_values_are_missing", "either_value_is_missing", "neither"] = "either_value_is_missing"
    map_metric = "column_pair_values.seconds_between"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "ignore_row_if", "min_value", "max_value")


class RateMetric(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.rate_per_minute"
    condition_value_keys = ("max_value", "tolerance")

    @multicolumn_condition_partial(engine=SparkDFExecutionEngine)
    def _spark(cls, column_list: DataFrame, **limits: Any) -> Column:
        amount, start, end = (F.col(name) for name in column_list.columns)
        return ~row_rules.rate_above(amount, start, end, limits["max_value"], limits["tolerance"])


class ExpectMulticolumnRatePerMinuteToBeBetween(MulticolumnMapExpectation):
    """`column_list` is [amount, start, end]: at most `max_value` a minute, but for `tolerance`."""

    max_value: float
    tolerance: float = 0
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "any_value_is_missing"
    map_metric = "multicolumn_values.rate_per_minute"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "max_value", "tolerance")


class RepeatedValuesMetric(ColumnAggregateMetricProvider):
    metric_name = "column.repeated_values"

    @column_aggregate_partial(engine=SparkDFExecutionEngine)
    def _spark(cls, column: Column, **_: Any) -> Column:
        return F.count(column) - F.count_distinct(column)


class ExpectColumnRepeatedValuesToBeAtMost(ColumnAggregateExpectation):
    """At most `max_value` rows repeat a value that an earlier row has; no rows repeat nothing."""

    max_value: int = 0
    metric_dependencies = ("column.repeated_values",)
    success_keys: ClassVar[tuple[str, ...]] = ("max_value",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: "ExecutionEngine[Any] | None" = None,
    ) -> dict[str, Any]:
        return self._validate_metric_value_between(
            "column.repeated_values", metrics, runtime_configuration, execution_engine
        )
