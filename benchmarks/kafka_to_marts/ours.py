"""Our own jobs as tasks run them, one after another on a warm Spark server."""

from datetime import UTC, datetime

from benchmarks import warehouses
from benchmarks.kafka_to_marts import tables
from benchmarks.kafka_to_marts.pipeline import Pipeline
from lake_layout.contracts import Zone
from spark_jobs import build
from spark_jobs.bronze import run as bronze
from spark_jobs.publish import pins, postgres
from spark_jobs.raw import land


class Ours(Pipeline):
    def land(self) -> None:
        land.run("kafka_log", list(tables.SOURCES))

    def bronze(self) -> None:
        bronze.run(list(tables.SOURCES))

    def silver(self) -> None:
        build.run(Zone.SILVER, tables.SILVER)

    def gold(self) -> None:
        build.run(Zone.GOLD, tables.GOLD)

    def marts(self) -> None:
        chosen = [pin for pin in pins.choose() if pin.contract.address in tables.MARTS]
        warehouses.pull(chosen)
        postgres.publish(chosen, 1, datetime.now(UTC))
