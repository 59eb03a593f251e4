"""What tests of the quarantine share: records to reject, and rules that change while a test runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from expectations import rules
from lake_layout.contracts import Contract, Zone
from lake_layout.profile import profile
from spark_jobs import read
from spark_jobs.bronze import build as bronze
from spark_jobs.quarantine import records
from spark_jobs.quarantine.records import Wanted
from tests.spark_jobs.landed import land

Asks = Callable[..., None]


def at_most(column: str, limit: float, reason: str = "too high") -> dict[str, Any]:
    kwargs = {"column": column, "max_value": limit}
    expectation = "expect_column_values_to_be_between"
    return {"rule": "is_low", "expectation": expectation, "kwargs": kwargs, "action": "quarantine", "reason": reason}


@pytest.fixture
def asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asks]:
    """asks(dataset, rules): what bronze asks of the dataset from now on, besides the rules of its file."""
    folder = tmp_path / "rules"

    def write_rules(of: Contract, *more: dict[str, Any]) -> None:
        body = yaml.safe_load((original / f"{of.address}.yml").read_text()) or {}
        path = folder / f"{of.address}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({**body, "bronze": [*body.get("bronze", []), *more]}))
        rules._rules.cache_clear()

    original = profile().rules
    for file in original.glob("*/*.yml"):
        (folder / file.parent.name).mkdir(parents=True, exist_ok=True)
        (folder / file.parent.name / file.name).write_text(file.read_text())
    monkeypatch.setenv("LAKE_RULES", str(folder))
    profile.cache_clear()
    yield write_rules
    monkeypatch.undo()
    profile.cache_clear()
    rules._rules.cache_clear()


def reading(number: int, value: float, **more: Any) -> str:
    body = {"reading_id": f"r{number}", "measured_at": "2025-03-24T07:15:03Z", "value": value}
    return json.dumps({**body, **more})


def judge(spark: SparkSession, of: Contract, asks: Asks, *values: Any) -> None:
    """Land values and judge them while none above 100 is good."""
    asks(of, at_most("value", 100))
    land(spark, of, values)
    bronze.build(spark, of)


def rows(spark: SparkSession, of: Contract, *columns: str, zone: Zone = Zone.BRONZE) -> list[tuple]:
    return sorted(map(tuple, read.table(spark, of, zone).select(*columns).collect()), key=str)


def waiting(of: Contract, zone: Zone = Zone.BRONZE, **wanted: Any) -> list[records.Record]:
    return records.find(of, zone, Wanted(**wanted))
