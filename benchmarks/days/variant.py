"""A variant of ours on a lake of days: some stages are timed, then tables and the dates that were replaced are told."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, ClassVar

from benchmarks import lakes
from benchmarks.input import events
from benchmarks.kafka_to_marts import tables
from benchmarks.kafka_to_marts.ours import Ours
from lake_layout.contracts import Zone, contract
from spark_jobs import commits

BUILT = ((Zone.SILVER, tables.SILVER), (Zone.GOLD, tables.GOLD))


class Variant(Ours):
    """`prepare` makes the lake, what must be equal is told by `checksums`."""

    timed: ClassVar[tuple[str, ...]] = ("land", "bronze", "silver", "gold")

    def __init__(self) -> None:
        self.begun = time.time()

    def stages(self) -> dict[str, Callable[[], None]]:
        return {name: getattr(self, name) for name in self.timed}

    def told(self) -> dict[str, Any]:
        """`dates`: how many the newest batch of each table replaced; bytes of messages landed, and of files of rows
        written in all zones. The lake is deleted."""
        found = {"checksums": self.checksums(), "dates": _dates(), "written_bytes": _written_since(self.begun)}
        if "land" in self.timed:
            found["landed_bytes"] = tables.landed_bytes(newest=True)
        lakes.delete()
        return found

    def checksums(self) -> dict[str, str] | None:
        return None


def on(day: int) -> date:
    """The date of a day, counted from day 0."""
    return events.FIRST_DAY.date() + timedelta(days=day)


def checksums(first: int, last: int) -> dict[str, str]:
    """Tables of silver and gold → checksum of the rows of these days."""
    among = f"event_date BETWEEN DATE '{on(first)}' AND DATE '{on(last)}'"
    return {
        f"{address}@{zone} {on(first)} to {on(last)}": tables.checksum(contract(address), zone, among)
        for zone, chosen in BUILT
        for address in chosen
    }


def _written_since(begun: float) -> int:
    files = (path.stat() for path in lakes.of_run().rglob("*.parquet") if "_delta_log" not in path.parts)
    return sum(file.st_size for file in files if file.st_mtime >= begun)


def _dates() -> dict[str, int]:
    newest = {f"{at}@{zone}": commits.newest(contract(at), zone) for zone, chosen in BUILT for at in chosen}
    return {table: len(commit.dates) for table, commit in newest.items() if commit}
