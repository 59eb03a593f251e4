"""Publishes one choice of versions into both warehouses. Alone: `python -m spark_jobs publish`."""

from datetime import UTC, datetime

from spark_jobs.publish import clickhouse, pins, postgres


def run() -> dict[str, object]:
    """Choose the newest versions once and publish them in ClickHouse and in Postgres; gives the summary."""
    chosen, published_at = pins.choose(), datetime.now(UTC)
    return {**clickhouse.publish(chosen, published_at), **postgres.publish(chosen, published_at)}
