"""Every row of silver and of the marts equals the truth that the simulator wrote down, and the zones add up.

The same with everything that goes wrong is held against the truth in `tests/faults/test_kills.py`.
"""

import json
from typing import Any

import pytest

from lake_cli.truth import NAMES
from tests.end_to_end.running_lake import RunningLake
from tests.end_to_end.truth import (
    TOPICS,
    assert_every_message_is_there_once,
    assert_true,
    assert_warehouses_agree,
    told,
)


@pytest.fixture(scope="module")
def told_of_week(week: RunningLake) -> dict[str, dict[str, Any]]:
    return told(week)


@pytest.mark.parametrize("table", NAMES)
def test_a_table_holds_the_truth_and_nothing_else(told_of_week: dict[str, dict[str, Any]], table: str) -> None:
    assert_true(told_of_week[table])


@pytest.mark.parametrize("topic", TOPICS)
def test_every_message_of_a_topic_is_in_raw_and_in_bronze_once(week: RunningLake, topic: str) -> None:
    assert_every_message_is_there_once(week, topic)


def test_postgres_and_clickhouse_tell_the_same_of_every_day(week: RunningLake) -> None:
    assert_warehouses_agree(week)


def test_the_proof_says_the_same(week: RunningLake) -> None:
    found = json.loads(week.command("verify", "--json"))
    assert {one["check"] for one in found} == {
        "offsets",
        "raw = bronze + quarantine",
        "keys",
        "computed again",
        "clickhouse = gold",
        "postgres = gold",
        "release",
    }
    assert [one for one in found if one["verdict"] != "good"] == []
