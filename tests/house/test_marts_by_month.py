"""A mart that is made month by month has a month of its one dataset in each: `macros/by_month.sql` says why.

What is read is each model's own SQL, with names in place of its refs.
"""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from lake_layout.contracts import contract
from lake_layout.profile import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models"
BY_MONTH = {path.stem: path for path in (MODELS / "marts").glob("*.sql") if "'by_month'" in path.read_text()}
REF = re.compile(r"{{ ref\('(\w+)'\) }}")
MONTH_OF = re.compile(r"partition_by='toYYYYMM\((\w+)\)'")


def staging(mart: str) -> Path:
    """The staging model of the only dataset that a mart is made from."""
    [name] = REF.findall(BY_MONTH[mart].read_text())
    source = name.removeprefix("stg_").partition("__")[0]
    return MODELS / "staging" / source / f"{name}.sql"


def partition(mart: str) -> str:
    """The column by which that dataset is replaced."""
    source, _, dataset = staging(mart).stem.removeprefix("stg_").partition("__")
    column = contract(f"{source}/{dataset}").partition
    assert column
    return column


def statement(model: Path) -> exp.Expression:
    """Between the other braces stand types and sources: one word does for all of them."""
    plain = REF.sub(r"\1", re.sub(r"{{ config\(.*?\) }}", "", model.read_text(), flags=re.DOTALL))
    return sqlglot.parse_one(re.sub(r"{{.*?}}", "String", plain), dialect="clickhouse")


def made(model: Path, column: str) -> exp.Expression:
    """What a column is made of in the last step of a model."""
    [final] = [step for step in statement(model).find_all(exp.CTE) if step.alias == "final"]
    [found] = [one.unalias() for one in final.this.expressions if one.alias_or_name == column]
    return found


def test_there_are_such_marts() -> None:
    assert len(BY_MONTH) > 10


@pytest.mark.parametrize("mart", sorted(BY_MONTH))
def test_a_mart_by_month_is_partitioned_by_the_date_that_its_dataset_is_replaced_by(mart: str) -> None:
    assert MONTH_OF.findall(BY_MONTH[mart].read_text()) == [partition(mart)]


@pytest.mark.parametrize("mart", sorted(BY_MONTH))
def test_a_mart_by_month_keeps_that_date_as_it_is(mart: str) -> None:
    column = partition(mart)
    assert made(BY_MONTH[mart], column).sql() == column
    assert made(staging(mart), column).sql() in (column, f"CAST({column} AS DATE)")


@pytest.mark.parametrize("mart", sorted(BY_MONTH))
def test_a_mart_by_month_joins_nothing_and_looks_at_no_other_month(mart: str) -> None:
    for model in (BY_MONTH[mart], staging(mart)):
        assert [one.sql() for one in statement(model).find_all(exp.Join, exp.Window)] == []
