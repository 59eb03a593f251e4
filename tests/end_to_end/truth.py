"""What the simulator says was sent and every mart must contain, held against what is found there."""

import json
from collections import Counter
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from lake_cli.truth import NAMES
from lake_layout.contracts import KafkaLog, Zone, contracts
from tests.end_to_end.running_lake import RunningLake

TOPICS = {of.origin.topic: of for of in contracts().values() if isinstance(of.origin, KafkaLog)}

# What `weekly_analytics` fills.
OF_PERIODS = (
    "marts.fct_weekly_progress",
    "marts.fct_performance_trends",
    "marts.fct_community_weekly",
    "marts.fct_monthly_goals",
)
DAILY = tuple(name for name in NAMES if name not in OF_PERIODS)


def told(lake: RunningLake) -> dict[str, dict[str, Any]]:
    """What `lake truth` says of each table."""
    return {one["table"]: one for one in json.loads(lake.attempt("truth", "--json").stdout)}


def assert_true(one: dict[str, Any]) -> None:
    """Every row of the truth is in the table once, and no other."""
    assert one["is_true"] and one["rows"] and not one["lost"] and not one["invented"], one


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
    root, s3 = lake.connections["lake"]["root"].removeprefix("file:"), lake.connections["s3"]
    path = f"{root}/{zone}/{TOPICS[topic].address}/v1"
    # A folder has no use for them.
    options = {
        "AWS_ENDPOINT_URL": s3["endpoint"],
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": s3["access_key"],
        "AWS_SECRET_ACCESS_KEY": s3["secret_key"],
    }
    if not DeltaTable.is_deltatable(path, options):
        return []
    rows: pa.Table = DeltaTable(path, storage_options=options).to_pyarrow_dataset().to_table(columns=list(names))
    return list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
