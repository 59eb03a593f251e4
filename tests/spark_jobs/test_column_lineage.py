"""Lineage of columns, read out of compiled SQL."""

from typing import Any

import pytest

from spark_jobs.release.column_lineage import Column, ColumnLineage

_NIGHTS = "select user_id, cast(asleep_ms as int) / 60000 as minutes_asleep from `lake`.`health__nightly_sleep`"
_DAYS = """
with nights as (select * from `staging`.`stg_nights`),
users as (select * from `lake`.`app_db__users`),
final as (
    select nights.user_id, nights.minutes_asleep > 0 and not users.is_away as has_slept, 'kg' as unit, n.number as day
    from nights left join users on users.user_id = nights.user_id cross join numbers(7) as n
)
select * from final
"""


def _relation(kind: str, table: str, *names: str, **more: Any) -> dict[str, Any]:
    columns = {name: {"name": name, "description": f"What {name} is."} for name in names}
    return {"resource_type": kind, "relation_name": table, "columns": columns, **more}


@pytest.fixture
def read() -> ColumnLineage:
    nodes = {
        "model.nights": _relation(
            "model", "`staging`.`stg_nights`", "user_id", "minutes_asleep", name="stg_nights", compiled_code=_NIGHTS
        ),
        "model.days": _relation(
            "model", "`marts`.`days`", "user_id", "has_slept", "unit", "day", name="days", compiled_code=_DAYS
        ),
        "test.of_days": {"resource_type": "test"},
    }
    nights = {"source_name": "health", "name": "nightly_sleep"}
    users = {"source_name": "app_db", "name": "users"}
    sources = {
        "source.nights": _relation("source", "`lake`.`health__nightly_sleep`", "user_id", "asleep_ms", **nights),
        "source.users": _relation("source", "`lake`.`app_db__users`", "user_id", "is_away", **users),
    }
    return ColumnLineage({"nodes": nodes, "sources": sources}, "clickhouse")


def test_a_column_is_made_of_those_its_expression_reads_through_all_ctes(read: ColumnLineage) -> None:
    has_slept = {Column("model.nights", "minutes_asleep"), Column("source.users", "is_away")}
    assert read.parents(Column("model.days", "has_slept")) == has_slept
    assert read.parents(Column("model.days", "user_id")) == {Column("model.nights", "user_id")}


def test_origins_are_columns_of_the_lake(read: ColumnLineage) -> None:
    has_slept = {Column("source.nights", "asleep_ms"), Column("source.users", "is_away")}
    assert read.origins(Column("model.days", "has_slept")) == has_slept


@pytest.mark.parametrize("name", ["unit", "day"])
def test_a_constant_or_a_row_of_a_function_is_made_of_nothing(read: ColumnLineage, name: str) -> None:
    assert read.parents(Column("model.days", name)) == set()


def test_descriptions_tell_it(read: ColumnLineage) -> None:
    read.describe()
    days = read.manifest["nodes"]["model.days"]["columns"]
    assert days["has_slept"]["description"] == (
        "What has_slept is.\n\nMade of `app_db/users.is_away`, `stg_nights.minutes_asleep`."
        " In the lake: `app_db/users.is_away`, `health/nightly_sleep.asleep_ms`."
    )
    assert days["unit"]["description"] == "What unit is."
    nights = read.manifest["nodes"]["model.nights"]["columns"]
    assert nights["user_id"]["description"] == "What user_id is.\n\nMade of `health/nightly_sleep.user_id`."
