"""What many commits cost readers, and what maintenance gives back: one probe after them, after it, and without them.

A lake gets its heart rates in five-minute commits, then a day of silver is restated again and again; another lake gets
the same in one batch. The probe builds that day anew, bronze → silver → gold, then lands and types five minutes more.
The lake of one batch comes last, when the server is as warm as it was for what is held against it.
At size S there are 288 commits and 200 restatements, of fewer events there are fewer.
"""

import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any, ClassVar

from benchmarks import lakes
from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import Given
from lake_layout import tables as layout
from lake_layout.contracts import KafkaLog, Zone, contract
from spark_jobs import build, session, storage
from spark_jobs.bronze import run as bronze
from spark_jobs.maintenance import job as maintenance
from spark_jobs.raw import broker, kafka_log

SOURCE = "wearables/health_metrics"
BUILT = ((Zone.SILVER, "wearables/heart_rate_readings"), (Zone.GOLD, "health/heart_rate_1m"))
DAY = date(2025, 3, 26)
_OF_S = 1_000_000
_COMMITS, _RESTATEMENTS = 288, 200
# Fewer would leave nothing to merge.
_FEWEST = 12
PROBES = 3


class Different(Exception):
    """Two lakes that took the same events hold other rows."""


class Ours:
    """`probed`: when → what each probe took, in seconds, the one that warms up left out."""

    given: ClassVar[Given]

    @classmethod
    def prepare(cls, given: Given) -> None:
        lakes.with_people(given)
        cls.given = given

    def __init__(self) -> None:
        self.probed: dict[str, list[float]] = {}
        self.files: dict[str, int] = {}
        self.sums: dict[str, str] = {}
        self.commits, self.restatements = (_scaled(count, self.given.events) for count in (_COMMITS, _RESTATEMENTS))
        self.landed = 0

    def stages(self) -> dict[str, Callable[[], None]]:
        return {
            "commits": self._many_commits,
            "restatements": self._restate,
            "after commits": lambda: self._probe("after commits"),
            "maintenance": self._maintain,
            "after maintenance": lambda: self._probe("after maintenance"),
            "one batch": self._one_batch,
            "after one batch": lambda: self._probe("after one batch"),
        }

    def _many_commits(self) -> None:
        for slice_ in range(self.commits):
            self._take(slice_ + 1)
        _build()
        self.sums = _checksums()

    def _one_batch(self) -> None:
        lakes.with_people(self.given)
        self._take(self.commits)
        _build()
        _require_same(self.sums, _checksums())

    def _restate(self) -> None:
        for _ in range(self.restatements):
            build.run(Zone.SILVER, [BUILT[0][1]], DAY, DAY)

    def _maintain(self) -> None:
        before = _checksums()
        maintenance.run()
        _require_same(before, _checksums())

    def _probe(self, when: str) -> None:
        self.files[when] = _files()
        for nth in range(PROBES + 1):
            begin = time.monotonic()
            _build(DAY)
            self._take(self.landed + 1)
            if nth:
                self.probed.setdefault(when, []).append(round(time.monotonic() - begin, 3))

    def _take(self, until: int) -> None:
        """Land and type up to a slice of five minutes, all that is before it in one batch."""
        of = contract(SOURCE)
        assert isinstance(of.origin, KafkaLog)
        first, end = broker.offsets(of.origin.topic)
        slices = self.commits + 2 * (PROBES + 1)
        stop = {at: first[at] + (end[at] - first[at]) * until // slices for at in first}
        with session.opened(f"land {SOURCE}") as spark:
            kafka_log.land_batch(spark, of, stop)
        bronze.run([SOURCE])
        self.landed = until

    def told(self) -> dict[str, Any]:
        """`times_one_batch`: the median of the probes, in times of that on the lake of one batch. It is deleted."""
        whole = {when: median(seconds) for when, seconds in self.probed.items()}
        lakes.delete()
        return {
            "checksums": self.sums,
            "commits": self.commits,
            "restatements": self.restatements,
            "files": self.files,
            "probes": self.probed,
            "times_one_batch": {when: round(seconds / whole["after one batch"], 3) for when, seconds in whole.items()},
        }


def _scaled(count: int, events: int) -> int:
    return max(_FEWEST, min(count, round(count * events / _OF_S)))


def _build(day: date | None = None) -> None:
    """Silver and gold: of a day, or of all that is new."""
    for zone, address in BUILT:
        build.run(zone, [address], day, day)


def _checksums() -> dict[str, str]:
    chosen = ((Zone.RAW, SOURCE), (Zone.BRONZE, SOURCE), *BUILT)
    return {f"{address}@{zone}": tables.checksum(contract(address), zone) for zone, address in chosen}


def _require_same(wanted: dict[str, str], found: dict[str, str]) -> None:
    if wanted != found:
        raise Different(f"{wanted}\nbut now {found}")


def _files() -> int:
    """Files that a reader of raw and bronze meets."""
    of = contract(SOURCE)
    opened = (storage.open_table(layout.path(of, zone)) for zone in (Zone.RAW, Zone.BRONZE))
    return sum(len(table.file_uris()) for table in opened if table)
