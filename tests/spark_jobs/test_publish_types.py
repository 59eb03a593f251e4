"""Contract types in the words of both warehouses."""

import pytest

from lake_layout import tables
from lake_layout.contracts import contracts
from spark_jobs.publish import sql_types


@pytest.mark.parametrize(
    ("spark", "expected"),
    [
        ("string", "Nullable(String)"),
        ("decimal(14,3)", "Nullable(Decimal(14, 3))"),
        ("timestamp", "Nullable(DateTime64(6, 'UTC'))"),
        ("array<string>", "Array(Nullable(String))"),
        (
            "array<struct<stage: string, span: struct<length: decimal(5,1), at: timestamp>>>",
            "Array(Tuple(stage Nullable(String), span Tuple(length Nullable(Decimal(5, 1)),"
            " at Nullable(DateTime64(6, 'UTC')))))",
        ),
    ],
)
def test_clickhouse_scalars_may_be_null_and_nested_types_hold_them(spark: str, expected: str) -> None:
    assert sql_types.clickhouse(spark) == expected


@pytest.mark.parametrize(
    ("spark", "expected"), [("bigint", "bigint"), ("int", "integer"), ("decimal(5, 1)", "numeric(5,1)")]
)
def test_postgres_scalars(spark: str, expected: str) -> None:
    assert sql_types.postgres(spark) == expected


def test_a_type_that_a_warehouse_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="interval"):
        sql_types.clickhouse("interval")
    with pytest.raises(ValueError, match="array<string>"):
        sql_types.postgres("array<string>")


def test_clickhouse_knows_the_types_of_every_contract() -> None:
    for contract in contracts().values():
        for column in tables.columns(contract, contract.zones[-1]):
            assert sql_types.clickhouse(column.type)
