"""30 days of silver and gold made anew: as one range, or day by day as whoever reruns each day of a scheduler does."""

from benchmarks.days import history, variant
from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import Given
from lake_layout.contracts import Zone
from spark_jobs import build

DAYS = 30


class Ranged(variant.Variant):
    timed = ("silver", "gold")

    @classmethod
    def prepare(cls, given: Given) -> None:
        history.link(given, DAYS)

    def silver(self) -> None:
        build.run(Zone.SILVER, tables.SILVER, variant.on(-DAYS), variant.on(-1))

    def gold(self) -> None:
        build.run(Zone.GOLD, tables.GOLD, variant.on(-DAYS), variant.on(-1))

    def checksums(self) -> dict[str, str]:
        return tables.checksums()


class DayByDay(Ranged):
    def silver(self) -> None:
        for day in range(-DAYS, 0):
            build.run(Zone.SILVER, tables.SILVER, variant.on(day), variant.on(day))

    def gold(self) -> None:
        for day in range(-DAYS, 0):
            build.run(Zone.GOLD, tables.GOLD, variant.on(day), variant.on(day))
