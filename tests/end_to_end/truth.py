"""What the simulator says every mart must contain, held against what a reader finds there."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq

from tests.end_to_end.running_lake import RunningLake

# Mart → the simulator's name for its truth.
MARTS = {
    "fct_daily_activity": "fct_daily_activity",
    "fct_nightly_sleep": "fct_nightly_sleep",
    "fct_heart_rate_5m": "fct_heart_rate_5m",
    "fct_hourly_steps": "hourly_steps",
    "dim_users": "dim_users",
    "dim_devices": "dim_devices",
}


def assert_mart_is_true(lake: RunningLake, mart: str) -> None:
    """Every row of the truth is in the mart once, and no other."""
    truth = pq.read_table(lake.truth(MARTS[mart]))
    expected = _rows(zip(*(column.to_pylist() for column in truth.columns), strict=True))
    assert expected, "the truth is empty, so nothing was compared"
    found = _rows(lake.clickhouse().query(f"select {', '.join(truth.column_names)} from marts.{mart}").result_rows)
    lost, invented = expected - found, found - expected
    assert not lost and not invented, (
        f"{lost.total()} rows lost, {invented.total()} invented, of {expected.total()}; columns {truth.column_names}\n"
        f"lost: {list(lost)[:3]}\ninvented: {list(invented)[:3]}"
    )


def _comparable(value: Any) -> Any:
    """Instants with their zone: a client may leave out that they are in UTC."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _rows(lines: Any) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(map(_comparable, line)) for line in lines)
