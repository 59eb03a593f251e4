"""What every pipeline can do: one method for each stage, from Kafka to both warehouses."""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import warehouses
from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import Given
from lake_layout import tables as layout
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import storage

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
        """An empty lake with the histories of people, which are linked, for Delta never edits a file; empty marts."""
        lake = _lake()
        shutil.rmtree(lake, ignore_errors=True)
        for address in tables.PEOPLE:
            path = storage.local_path(layout.path(contract(address), Zone.SILVER, f"file:{given.people}"))
            shutil.copytree(str(path), lake / Path(str(path)).relative_to(given.people), copy_function=os.link)
        warehouses.reset(tables.MARTS)

    def stages(self) -> dict[str, Callable[[], None]]:
        return {name: getattr(self, name) for name in STAGES}

    def told(self) -> dict[str, Any]:
        """Afterwards: what was written, and the checksums by which all pipelines must agree. The lake is deleted."""
        zones = {str(zone): [*(_lake() / str(zone)).rglob("*")] for zone, _ in tables.ZONES}
        found = {
            "bytes": {
                zone: sum(path.stat().st_size for path in paths if path.is_file()) for zone, paths in zones.items()
            },
            "files": {zone: sum(path.suffix == ".parquet" for path in paths) for zone, paths in zones.items()},
            "checksums": tables.checksums() | warehouses.checksums(tables.MARTS),
        }
        shutil.rmtree(_lake())
        return found


def _lake() -> Path:
    return Path(str(storage.local_path(profile().lake.root)))
