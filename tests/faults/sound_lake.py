"""A small lake of heart rates, from a topic to gold: twenty runs at once that differ, each a partition and a date.

Every run draws by its number how many readings there are, which of them come twice, late or broken.
"""

import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from expectations import rules
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.profile import profile
from spark_jobs import build, commits, write
from spark_jobs.bronze import build as bronze
from spark_jobs.verify import keys, offsets, recomputed, zones
from spark_jobs.verify.findings import Finding
from spark_jobs.verify.recomputed import Sample
from tests.landing_stack import land, produce, with_topic

RUNS = 20
FIRST_DATE = date(2025, 3, 1)
BEATS, WINDOWS = contract("wearables/heart_rate_readings"), contract("health/heart_rate_1m")
DEVICES = contract("app_db/devices")
Table = Callable[..., DataFrame]


@dataclass(frozen=True)
class Lake:
    """A lake that the profile points at; `metrics` is the contract of its only topic."""

    spark: SparkSession
    table: Table
    metrics: Contract
    patch: pytest.MonkeyPatch

    def move(self, folder: Path) -> None:
        """Let the profile point at another folder; what a bug has made of the rules is forgotten."""
        self.patch.setenv("LAKE_LAKE__ROOT", f"file:{folder}")
        profile.cache_clear()
        rules._rules.cache_clear()

    def copy_to(self, folder: Path) -> None:
        """The same lake once more, to be damaged."""
        shutil.copytree(profile().lake.root.removeprefix("file:"), folder)
        self.move(folder)

    def send(self, runs: Sequence[int], part: int) -> None:
        """Let the devices of some runs send."""
        for run in runs:
            produce(self.metrics, events(run, part), partition=run)

    def snapshot(self, day: int, model: str) -> None:
        """The devices as the database has them on a day of February."""
        row = {
            "device_id": "watch", "user_id": "ann", "model": model, "priority": 1, "owned_from": "2025-01-01",
            "_logged_at": f"2025-02-{day}", "_event_date": f"2025-02-{day}",
        }  # fmt: skip
        commit = commits.progress(DEVICES, Zone.BRONZE).plan({})
        frame = self.table(DEVICES.address, Zone.BRONZE, [{**row, "_batch": commit.batch}])
        write.append(frame, DEVICES, Zone.BRONZE, commit)
        build.build_history(self.spark, DEVICES)

    def type(self) -> None:
        land(self.spark, self.metrics)
        bronze.build(self.spark, self.metrics)

    def compute(self) -> None:
        build.build_dates(self.spark, BEATS, Zone.SILVER, None)
        build.build_dates(self.spark, WINDOWS, Zone.GOLD, None)


CHECKERS: dict[str, Callable[[Lake], list[Finding]]] = {
    "offsets": lambda lake: offsets.check(lake.spark, lake.metrics),
    "raw = bronze + quarantine": lambda lake: zones.check(lake.spark, lake.metrics),
    "keys of silver": lambda lake: keys.check(lake.spark, BEATS, Zone.SILVER),
    "keys of a history": lambda lake: keys.check(lake.spark, DEVICES, Zone.SILVER),
    "keys of gold": lambda lake: keys.check(lake.spark, WINDOWS, Zone.GOLD),
    "silver computed again": lambda lake: recomputed.check(lake.spark, BEATS, Zone.SILVER, Sample(2 * RUNS)),
    "gold computed again": lambda lake: recomputed.check(lake.spark, WINDOWS, Zone.GOLD, Sample(2 * RUNS)),
}


def date_of(run: int) -> date:
    return FIRST_DATE + timedelta(days=run)


def events(run: int, part: int) -> list[str]:
    """What the watch sends of a run: some readings anew in its second part, some twice, some broken."""
    chance = random.Random(f"{run} {part}")
    day = date_of(run)
    sent = [_reading(day, number, chance) for number in chance.sample(range(part * 400, part * 400 + 400), 20)]
    sent = sent[: chance.randint(5, 20)]
    again = chance.sample(sent, chance.randint(0, 3))
    broken = ["no json", "{}", sent[0].replace("bpm", "Hz")][: chance.randint(0, 2)]
    mixed = [*sent, *again, *broken]
    chance.shuffle(mixed)
    return mixed


def _reading(day: date, number: int, chance: random.Random) -> str:
    """Of a multiple of ten seconds, so that some minutes have several."""
    at = datetime(day.year, day.month, day.day) + timedelta(seconds=10 * number)
    sent_at = at + timedelta(seconds=chance.choice([1, 30, 7200]))
    body = {
        "event_id": f"{at}", "device_id": "watch", "metric_type": "heart_rate", "value": chance.randint(50, 150),
        "unit": "bpm", "measured_at": f"{at.isoformat()}+00:00", "sent_at": f"{sent_at.isoformat()}+00:00",
    }  # fmt: skip
    return json.dumps(body)


def fill(spark: SparkSession, table: Table, patch: pytest.MonkeyPatch) -> Lake:
    """All runs, in two parts of which the second restates dates of the first."""
    lake = Lake(spark, table, with_topic(contract("wearables/health_metrics"), partitions=RUNS), patch)
    lake.snapshot(1, "Pulse 2")
    lake.snapshot(2, "Pulse 3")
    for part, runs in ((0, range(RUNS)), (1, range(0, RUNS, 2))):
        lake.send(runs, part)
        lake.type()
        lake.compute()
    return lake
