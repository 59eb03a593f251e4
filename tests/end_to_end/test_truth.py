"""Every mart row equals the truth that the simulator wrote down, and the zones add up."""

import json
from collections import Counter

import pytest
from deltalake import DeltaTable

from lake_layout.contracts import KafkaLog, Zone, contracts
from tests.end_to_end.running_lake import RunningLake
from tests.end_to_end.truth import MARTS, assert_mart_is_true

TOPICS = {of.origin.topic: of for of in contracts().values() if isinstance(of.origin, KafkaLog)}


@pytest.fixture(scope="module", params=["week", "faulty_week"])
def lake(request: pytest.FixtureRequest) -> RunningLake:
    """A week without faults, and one with them."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_holds_the_truth_and_nothing_else(lake: RunningLake, mart: str) -> None:
    assert_mart_is_true(lake, mart)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_message_is_in_bronze_once_accepted_or_rejected(lake: RunningLake, topic: str) -> None:
    sent = json.loads((lake.home / "truth" / "manifest.json").read_text())["totals"]["topics"].get(topic, {})
    of = TOPICS[topic]
    counted = {status: _count(lake, Zone.BRONZE, of.address, status) for status in ("accepted", "rejected")}
    assert counted == {status: sent.get(status, 0) for status in counted}
    assert _count(lake, Zone.RAW, of.address) == sum(counted.values())


def _count(lake: RunningLake, zone: Zone, address: str, status: str | None = None) -> int:
    table = DeltaTable(f"{lake.home}/lake/{zone}/{address}/v1")
    return table.to_pyarrow_dataset(None if status is None else [("_status", "=", status)]).count_rows()


def test_postgres_and_clickhouse_tell_the_same_of_every_day(lake: RunningLake) -> None:
    columns = "user_id, {day}, steps, minutes_asleep"
    clickhouse = lake.clickhouse().query(
        "select user_id, coalesce(a.activity_date, s.sleep_date), a.steps, s.minutes_asleep"
        " from marts.fct_daily_activity a full join marts.fct_nightly_sleep s"
        " on a.user_id = s.user_id and a.activity_date = s.sleep_date",
        settings={"join_use_nulls": 1},
    )
    with lake.postgres() as connection:
        sql = f"select {columns.format(day='summary_date')} from reporting.daily_user_summary"
        postgres = connection.execute(sql).fetchall()
    assert postgres
    assert Counter(postgres) == Counter(clickhouse.result_rows)


def test_the_proof_says_the_same(lake: RunningLake) -> None:
    found = json.loads(lake.command("verify", "--json"))
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
