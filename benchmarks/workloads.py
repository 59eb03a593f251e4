"""What can be measured: workload → its contenders, each a class whose stages are timed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Given:
    """What is there before a run: so many events in Kafka, and a lake with the histories of people and devices."""

    events: int
    people: Path


class Contender(Protocol):
    """What one run measures."""

    @classmethod
    def prepare(cls, given: Given) -> None:
        """What comes before and is not measured."""

    def stages(self) -> dict[str, Callable[[], None]]:
        """Stage → what is timed, in order."""

    def told(self) -> dict[str, Any]:
        """Afterwards, not measured: `checksums`, by which all contenders must agree, and what else is worth telling."""


@dataclass(frozen=True)
class Workload:
    """`contenders`: name → `module:class` below `benchmarks`; the others are held against the first.

    Those of `once` start everything anew each time: a run to warm up would warm nothing, so there is one run.
    """

    title: str
    contenders: Mapping[str, str]
    once: frozenset[str] = field(default_factory=frozenset)
    services: tuple[str, ...] = ("kafka", "postgres", "clickhouse", "spark")

    def contender(self, name: str) -> type[Contender]:
        """Imported by the run that needs it: a peer's libraries are no matter of the others."""
        module, _, of = self.contenders[name].partition(":")
        found: type[Contender] = getattr(import_module(f"benchmarks.{module}"), of)
        return found


OURS = "ours"
WORKLOADS = {
    "W0": Workload("Floors: each step by itself", {"floors": "floors:Floors"}),
    "W2": Workload(
        "Kafka to both warehouses",
        {
            OURS: "kafka_to_marts.ours:Ours",
            "duckdb": "kafka_to_marts.duckdb_delta:DuckDbDelta",
            "polars": "kafka_to_marts.polars_delta:PolarsDelta",
            "first_draft": "kafka_to_marts.first_draft:FirstDraft",
        },
        once=frozenset({"first_draft"}),
    ),
    "W8": Workload(
        "Rows of gold into both warehouses",
        {OURS: "publish:Ours", "arrow": "publish:Arrow", "jdbc": "publish:Jdbc"},
        services=("postgres", "clickhouse", "spark"),
    ),
    "W9": Workload("What Airflow costs", {OURS: "orchestration:Ours"}),
}
