"""What can be measured: workload → its contenders, each a class whose stages are timed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Given:
    """What is there before a run: so many events in Kafka, and a lake with the histories of people and devices.

    A workload of days sends its own events, of the same seed.
    """

    events: int
    people: Path
    seed: int = 1


class Contender(Protocol):
    """What one run measures."""

    @classmethod
    def prepare(cls, given: Given) -> None:
        """What comes before and is not measured."""

    def stages(self) -> dict[str, Callable[[], None]]:
        """Stage → what is timed, in order."""

    def told(self) -> dict[str, Any]:
        """Afterwards, not measured: `checksums`, by which all contenders must agree (None: held against no other), and
        what else is worth telling.
        """


@dataclass(frozen=True)
class Workload:
    """`contenders`: name → `module:class` below `benchmarks`; the others are held against the first.

    Those of `once` are run once: they start everything anew, so that nothing would be warm, or take long. A workload
    `by_choice` is run where it is asked for by name; one that `sends` has events of its own for each run. With
    `profiles`, each run finds services of its contender's own variables, if it has some, and warms them itself. What
    it `starts` besides is up for its runs only, for at rest it takes what others are measured by.
    """

    title: str
    contenders: Mapping[str, str]
    once: frozenset[str] = field(default_factory=frozenset)
    services: tuple[str, ...] = ("kafka", "postgres", "clickhouse", "spark")
    by_choice: bool = False
    sends: bool = False
    starts: tuple[str, ...] = ()
    profiles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def contender(self, name: str) -> type[Contender]:
        """Imported by the run that needs it: a peer's libraries are no matter of the others."""
        module, _, of = self.contenders[name].partition(":")
        found: type[Contender] = getattr(import_module(f"benchmarks.{module}"), of)
        return found


OURS = "ours"
_OURS_AND_DUCKDB = {OURS: "kafka_to_marts.ours:Ours", "duckdb": "kafka_to_marts.duckdb_delta:DuckDbDelta"}
_ON_S3 = {"LAKE_S3__ENABLED": "true", "LAKE_LAKE__ROOT": "s3a://lake/run"}
_OF_LAKE = ("kafka", "postgres", "spark")
WORKLOADS = {
    "W0": Workload("Floors: each step by itself", {"floors": "floors:Floors"}),
    "W2": Workload(
        "Kafka to both warehouses",
        {
            **_OURS_AND_DUCKDB,
            "polars": "kafka_to_marts.polars_delta:PolarsDelta",
            "first_draft": "kafka_to_marts.first_draft:FirstDraft",
        },
        once=frozenset({"first_draft"}),
    ),
    "W2_sail": Workload(
        "Kafka to both warehouses, with Sail for what it can",
        {**_OURS_AND_DUCKDB, "sail": "kafka_to_marts.on_sail:OnSail"},
        by_choice=True,
    ),
    "W3": Workload(
        "A day, by the days of history before it",
        {f"{days}_days": f"days.new_day:After{days}" for days in (0, 7, 30, 90)},
        services=_OF_LAKE,
        by_choice=True,
        sends=True,
    ),
    "W4": Workload(
        "30 days of silver and gold made anew",
        {"ranged": "days.backfill:Ranged", "day_by_day": "days.backfill:DayByDay"},
        once=frozenset({"day_by_day"}),
        services=_OF_LAKE,
        by_choice=True,
        sends=True,
    ),
    "W5": Workload(
        "What comes late",
        {
            "range": "days.late:Range",
            "month": "days.late:Month",
            "yesterday": "days.late:Yesterday",
            "snapshot_0.1": "days.snapshot:Snapshot1",
            "snapshot_1": "days.snapshot:Snapshot10",
            "snapshot_10": "days.snapshot:Snapshot100",
        },
        services=_OF_LAKE,
        by_choice=True,
        sends=True,
    ),
    "W6": Workload(
        "Many commits, before and after maintenance",
        {OURS: "many_commits:Ours"},
        once=frozenset({OURS}),
        services=_OF_LAKE,
        by_choice=True,
    ),
    "W8": Workload(
        "Rows of gold into both warehouses",
        {OURS: "publish:Ours", "arrow": "publish:Arrow", "jdbc": "publish:Jdbc"},
        services=("postgres", "clickhouse", "spark"),
    ),
    "W9": Workload(
        "What Airflow costs",
        {OURS: "orchestration:Ours"},
        starts=("airflow",),
    ),
    "W10": Workload(
        "An eighth, a quarter, half and all of the events",
        {name: f"growth:{name.title()}" for name in ("eighth", "quarter", "half", "whole")},
        by_choice=True,
        sends=True,
    ),
    "W10_cluster": Workload(
        "Tasks in the server, and on a cluster of one and of two workers",
        dict.fromkeys(("local", "local_s3", "one_worker", "two_workers"), "cluster:Ours"),
        by_choice=True,
        profiles={
            "local_s3": _ON_S3,
            "one_worker": {**_ON_S3, "LAKE_SPARK__WORKERS": "1"},
            "two_workers": {**_ON_S3, "LAKE_SPARK__WORKERS": "2"},
        },
    ),
}
