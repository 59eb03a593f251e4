"""What the simulator says was sent and every mart must contain, held against what is found there."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from lake_layout.contracts import KafkaLog, Zone, contracts
from tests.end_to_end.running_lake import RunningLake

TOPICS = {of.origin.topic: of for of in contracts().values() if isinstance(of.origin, KafkaLog)}

# Mart → the simulator's name for its truth.
MARTS = {
    "fct_daily_activity": "fct_daily_activity",
    "fct_nightly_sleep": "fct_nightly_sleep",
    "fct_heart_rate_5m": "fct_heart_rate_5m",
    "fct_hourly_steps": "hourly_steps",
    "fct_workouts": "workout_intensity",
    "fct_app_usage_daily": "user_sessions_daily",
    "fct_interactions_daily": "interaction_frequency",
    "fct_engagement_daily": "engagement_daily",
    "fct_conversation_quality_daily": "conversation_quality_daily",
    "dim_users": "dim_users",
    "dim_users_history": "users_history",
    "dim_devices": "dim_devices",
    "dim_groups": "dim_groups",
}
# The same of those that `weekly_analytics` fills.
WEEKLY_MARTS = {"fct_weekly_progress": "weekly_progress", "fct_performance_trends": "performance_trends"}
# Tables of silver that the simulator knows the truth of, under the same names.
SILVER = (
    "ai_coach/conversation_turns",
    "app/user_sessions",
    "social/interactions",
    "wearables/body_measurements",
    "wearables/hrv_readings",
    "wearables/spo2_readings",
    "workouts/workout_sessions",
)


def assert_silver_is_true(lake: RunningLake, address: str) -> None:
    """Every row of the truth is among the accepted ones once, and no other."""
    truth = pq.read_table(lake.truth(address.split("/")[1]))
    table = DeltaTable(f"{lake.home}/lake/silver/{address}/v1").to_pyarrow_dataset()
    held = table.to_table(columns=truth.column_names, filter=pc.field("_status") == "accepted")
    assert truth.num_rows, "the truth is empty, so nothing was compared"
    expected, found = (_rows(zip(*(c.to_pylist() for c in one.columns), strict=True)) for one in (truth, held))
    _assert_equal(expected, found, truth.column_names)


def assert_mart_is_true(lake: RunningLake, mart: str) -> None:
    """Every row of the truth is in the mart once, and no other."""
    truth = pq.read_table(lake.truth({**MARTS, **WEEKLY_MARTS}[mart]))
    expected = _rows(zip(*(column.to_pylist() for column in truth.columns), strict=True))
    assert expected, "the truth is empty, so nothing was compared"
    found = _rows(lake.clickhouse().query(f"select {', '.join(truth.column_names)} from marts.{mart}").result_rows)
    _assert_equal(expected, found, truth.column_names)


def _assert_equal(expected: Counter[tuple[Any, ...]], found: Counter[tuple[Any, ...]], columns: list[str]) -> None:
    lost, invented = expected - found, found - expected
    assert not lost and not invented, (
        f"{lost.total()} rows lost, {invented.total()} invented, of {expected.total()}; columns {columns}\n"
        f"lost: {list(lost)[:3]}\ninvented: {list(invented)[:3]}"
    )


def assert_every_message_is_there_once(lake: RunningLake, topic: str) -> None:
    """Every position of the topic once in raw and once in bronze, and of each status as many as were sent."""
    sent = _sent(lake, topic)
    raw = _columns(lake, Zone.RAW, topic, "_partition", "_offset")
    bronze = _columns(lake, Zone.BRONZE, topic, "_partition", "_offset", "_status")
    positions = sorted(raw)
    assert positions == sorted((partition, offset) for partition, offset, _status in bronze)
    assert len(positions) == len(set(positions))
    assert Counter(status for _partition, _offset, status in bronze) == sent


def assert_warehouses_agree(lake: RunningLake) -> None:
    """Both tell the same of every day of every user."""
    clickhouse = lake.clickhouse().query(
        "select user_id, coalesce(a.activity_date, s.sleep_date), a.steps, s.minutes_asleep"
        " from marts.fct_daily_activity a full join marts.fct_nightly_sleep s"
        " on a.user_id = s.user_id and a.activity_date = s.sleep_date",
        settings={"join_use_nulls": 1},
    )
    with lake.postgres() as connection:
        sql = "select user_id, summary_date, steps, minutes_asleep from reporting.daily_user_summary"
        postgres = connection.execute(sql).fetchall()
    assert postgres
    assert Counter(postgres) == Counter(clickhouse.result_rows)


def _sent(lake: RunningLake, topic: str) -> Counter[str]:
    """Messages by the status they must get; those of a date whose simulation died were sent twice."""
    manifest = json.loads((lake.home / "truth" / "manifest.json").read_text())
    productions = [manifest["totals"], *(manifest["dates"][day] for day in manifest["interrupted"])]
    counts = [one["topics"].get(topic, {}) for one in productions]
    return Counter({status: sum(one.get(status, 0) for one in counts) for status in ("accepted", "rejected")})


def _columns(lake: RunningLake, zone: Zone, topic: str, *names: str) -> list[tuple[Any, ...]]:
    """The rows of a topic's table in a zone; none where nothing has been landed."""
    path = f"{lake.home}/lake/{zone}/{TOPICS[topic].address}/v1"
    if not DeltaTable.is_deltatable(path):
        return []
    rows: pa.Table = DeltaTable(path).to_pyarrow_dataset().to_table(columns=list(names))
    return list(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _comparable(value: Any) -> Any:
    """Instants with their zone: a client may leave out that they are in UTC."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _rows(lines: Any) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(map(_comparable, line)) for line in lines)
