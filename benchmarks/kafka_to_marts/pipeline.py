"""What every pipeline can do: one method for each stage, from Kafka to both warehouses."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from benchmarks import lakes, warehouses
from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import Given

STAGES = ("land", "bronze", "silver", "gold", "marts")


class Pipeline(ABC):
    """A pipeline on an empty lake, whose root the profile names; the histories of people are there."""

    @abstractmethod
    def land(self) -> None:
        """All records of the topics → raw, with their positions."""

    @abstractmethod
    def bronze(self) -> None:
        """Raw → typed and judged records, accepted and rejected."""

    @abstractmethod
    def silver(self) -> None:
        """Bronze → one true row per key."""

    @abstractmethod
    def gold(self) -> None:
        """Silver → windows and days."""

    @abstractmethod
    def marts(self) -> None:
        """Gold → a table of each mart in ClickHouse and in Postgres."""

    @classmethod
    def prepare(cls, given: Given) -> None:
        """A lake that has the histories of people and nothing else; empty marts."""
        lakes.with_people(given)
        warehouses.reset(tables.MARTS)

    def stages(self) -> dict[str, Callable[[], None]]:
        return {name: getattr(self, name) for name in STAGES}

    def told(self) -> dict[str, Any]:
        """Afterwards: what was written, and the checksums by which all pipelines must agree. The lake is deleted."""
        with lakes.at_hand() as lake:
            zones = {str(zone): [*(lake / str(zone)).rglob("*")] for zone, _ in tables.ZONES}
            found = {
                "bytes": {
                    zone: sum(path.stat().st_size for path in paths if path.is_file()) for zone, paths in zones.items()
                },
                "landed_bytes": tables.landed_bytes(f"file:{lake}"),
                "files": {zone: sum(path.suffix == ".parquet" for path in paths) for zone, paths in zones.items()},
                "checksums": tables.checksums(f"file:{lake}") | warehouses.checksums(tables.MARTS),
            }
        lakes.delete()
        return found
