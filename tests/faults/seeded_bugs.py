"""Bugs as programs have them, each seeded into the real code while it writes, and the checker that must find it.

A checker of `sound_lake.CHECKERS` looks afterwards, with the code mended; every other one is the job's own guard, which
must stop the job at once.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F

from expectations import promises, rules
from expectations.rules import Rule
from expectations.vocabulary import InSet
from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from lake_layout.profile import profile
from spark_jobs import affected_dates, build, commits, compute, data_docs, gate, ops, read, write
from spark_jobs.affected_dates import Affected
from spark_jobs.bronze import build as bronze
from spark_jobs.gold.health import heart_rate_1m
from spark_jobs.raw import broker, kafka_log
from spark_jobs.silver import history, instants
from spark_jobs.silver.wearables import heart_rate_readings
from tests.faults.sound_lake import BEATS, RUNS, WINDOWS, Lake, date_of
from tests.landing_stack import land, topic

SPAN = (date_of(0), date_of(2))
DATES = affected_dates.every(*SPAN)
Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Bug:
    """`words` are a pattern of what the checker must say."""

    name: str
    checker: str
    words: str
    seed: Callable[[Lake, Patch], object]


def _altered(patch: Patch, module: Any, name: str, change: Callable[[Any], Any]) -> None:
    """Let a function of a module give another result."""
    right = getattr(module, name)
    patch.setattr(module, name, lambda *given, **named: change(right(*given, **named)))


def skips_an_offset(lake: Lake, patch: Patch) -> None:
    lake.send([0], part=2)
    _altered(patch, kafka_log, "next_offsets", lambda start: {**start, 0: start[0] + 1})
    land(lake.spark, lake.metrics)


def lands_from_the_beginning(lake: Lake, patch: Patch) -> None:
    _, end = broker.offsets(topic(lake.metrics))
    patch.setattr(kafka_log, "_positions", lambda *_: {})
    kafka_log.land_batch(lake.spark, lake.metrics, end)


def takes_another_topic_for_the_same(lake: Lake, patch: Patch) -> None:
    patch.setattr(broker, "topic_id", lambda _: "made anew")
    land(lake.spark, lake.metrics)


def types_a_batch_twice(lake: Lake, patch: Patch) -> None:
    patch.setattr(bronze, "_consumed", lambda *_: 1)
    bronze.build(lake.spark, lake.metrics)


def passes_a_batch_over(lake: Lake, patch: Patch) -> None:
    for run in (0, 1):
        lake.send([run], part=2)
        land(lake.spark, lake.metrics)
    newest = commits.newest(lake.metrics, Zone.RAW)
    assert newest is not None
    patch.setattr(bronze, "_consumed", lambda *_: newest.batch - 1)
    bronze.build(lake.spark, lake.metrics)


def types_positions_one_too_high(lake: Lake, patch: Patch) -> None:
    _anew(Zone.BRONZE, lake)
    _altered(patch, bronze, "bronze_rows", lambda rows: rows.withColumn("_offset", F.col("_offset") + 1))
    bronze.build(lake.spark, lake.metrics)


def loses_what_it_rejects(lake: Lake, patch: Patch) -> None:
    _anew(Zone.BRONZE, lake)
    _altered(patch, bronze, "bronze_rows", lambda rows: rows.where("_status = 'accepted'"))
    bronze.build(lake.spark, lake.metrics)


def a_zombie_writes_what_it_planned_long_ago(lake: Lake, _patch: Patch) -> None:
    rows = read.table(lake.spark, BEATS, Zone.SILVER)
    planned = commits.progress(BEATS, Zone.SILVER).plan({})
    build.build_dates(lake.spark, BEATS, Zone.SILVER, SPAN)
    write.replace_dates(rows.limit(0), BEATS, Zone.SILVER, DATES, planned)


def a_date_is_the_transaction_version(lake: Lake, patch: Patch) -> None:
    _altered(patch, commits, "progress", lambda found: commits.Progress(found.consumed, 20250301))
    for _ in range(2):
        build.build_dates(lake.spark, BEATS, Zone.SILVER, SPAN)


def drops_rows(lake: Lake, patch: Patch) -> None:
    _altered(patch, heart_rate_readings, "transform", lambda rows: rows.where("minute(measured_at) % 7 <> 0"))
    build.build_dates(lake.spark, BEATS, Zone.SILVER, SPAN)


def swaps_a_key(lake: Lake, patch: Patch) -> None:
    swapped = {"device_id": F.col("user_id"), "user_id": F.col("device_id")}
    _altered(patch, heart_rate_readings, "transform", lambda rows: rows.withColumns(swapped))
    build.build_dates(lake.spark, BEATS, Zone.SILVER, SPAN)


def keeps_what_came_twice(lake: Lake, patch: Patch) -> None:
    patch.setattr(instants, "first_landed", lambda rows, _key: rows)
    build.build_dates(lake.spark, BEATS, Zone.SILVER, SPAN)


def keeps_what_came_twice_before_the_gate(lake: Lake, patch: Patch) -> None:
    keeps_what_came_twice(lake, patch)
    _gate(Zone.SILVER, BEATS)


def leaves_a_version_open(lake: Lake, patch: Patch) -> None:
    _altered(patch, history, "transform", lambda versions: versions.withColumn("valid_to", F.lit(None)))
    lake.snapshot(3, "Pulse 4")


def rebuilds_one_date_of_those_affected(lake: Lake, patch: Patch) -> None:
    lake.send(range(RUNS), part=2)
    lake.type()
    build.build_dates(lake.spark, BEATS, Zone.SILVER, None)
    _altered(patch, compute, "affected", lambda found: Affected(found.dates[:1]))
    build.build_dates(lake.spark, WINDOWS, Zone.GOLD, None)


def takes_the_lowest_for_the_mean(lake: Lake, patch: Patch) -> None:
    lowest = F.col("min_bpm").cast("decimal(6,2)")
    _altered(patch, heart_rate_1m, "transform", lambda rows: rows.withColumn("avg_bpm", lowest))
    build.build_dates(lake.spark, WINDOWS, Zone.GOLD, SPAN)


def inverts_a_rule(lake: Lake, patch: Patch) -> None:
    _anew(Zone.BRONZE, lake)
    folder = Path(profile().lake.root.removeprefix("file:"), "rules")
    shutil.copytree(profile().rules, folder)
    file = folder / f"{lake.metrics.address}.yml"
    file.write_text(file.read_text().replace("value_set: [bpm],", "value_set: [Hz],"))
    patch.setattr(profile(), "rules", folder)
    rules._rules.cache_clear()
    bronze.build(lake.spark, lake.metrics)
    _gate(Zone.BRONZE, lake.metrics)


def asks_a_column_that_is_gone(lake: Lake, patch: Patch) -> None:
    def renamed(rules: list[Rule]) -> list[Rule]:
        gone = {"kwargs": InSet(column="gone", value_set=(tables.ACCEPTED,))}
        return [rule.model_copy(update=gone) if rule.rule == promises.ACCEPTED_SHARE else rule for rule in rules]

    shutil.rmtree(ops.path("gates").removeprefix("file:"))
    _altered(patch, promises, "promises", renamed)
    _gate(Zone.BRONZE, lake.metrics)


def a_gate_that_is_blind(lake: Lake, patch: Patch) -> None:
    keeps_what_came_twice(lake, patch)
    _altered(patch, data_docs, "judge", lambda outcome: replace(outcome, findings=()))
    data_docs.run()


def _gate(zone: Zone, of: Contract) -> None:
    gate.run(zone, [of.address])


def _anew(zone: Zone, lake: Lake) -> None:
    """Let a table be made anew from what it is made of."""
    shutil.rmtree(tables.path(lake.metrics, zone).removeprefix("file:"))


_AGAIN, _GUARD = "computed again", "the writer reads its commit back"
BUGS = (
    Bug("an offset is skipped", "offsets", "the broker has records that raw has not: partition 0", skips_an_offset),
    Bug("a batch lands twice", "offsets", "landed more than once: partition 0 offset 0", lands_from_the_beginning),
    Bug("a topic made anew", "the landing", "the topic was made anew", takes_another_topic_for_the_same),
    Bug("a batch is typed twice", "raw = bronze + quarantine", "accepted more than once", types_a_batch_twice),
    Bug("a batch is passed over", "raw = bronze + quarantine", r"\d+ in raw, \d+ in bronze$", passes_a_batch_over),
    Bug("positions shift", "raw = bronze + quarantine", "and not the same ones", types_positions_one_too_high),
    Bug("the quarantine is lost", "bronze counts", r"\d+ raw rows became \d+ bronze rows", loses_what_it_rejects),
    Bug("a zombie writes", _GUARD, "was committed by another run", a_zombie_writes_what_it_planned_long_ago),
    Bug("a version is skipped in silence", _GUARD, "committed by another run", a_date_is_the_transaction_version),
    Bug("rows are dropped", f"silver {_AGAIN}", r"[1-9]\d* rows missing, 0 that should not", drops_rows),
    Bug("a key is swapped", f"silver {_AGAIN}", r"[1-9]\d* rows missing, [1-9]\d* that should not", swaps_a_key),
    Bug(
        "what came twice stays", "keys of silver", "keys have several rows: .*lake run daily_etl", keeps_what_came_twice
    ),
    Bug("and reaches the gate", "the gate of silver", "keys_are_unique", keeps_what_came_twice_before_the_gate),
    Bug("and the gate is blind", "the data docs", "in silver: keys_are_unique", a_gate_that_is_blind),
    Bug("a version never ends", "keys of a history", "versions that overlap", leaves_a_version_open),
    Bug("gold stays stale", f"gold {_AGAIN}", r"[1-9]\d* rows missing", rebuilds_one_date_of_those_affected),
    Bug("a mean is the lowest", f"gold {_AGAIN}", r"that should not be", takes_the_lowest_for_the_mean),
    Bug("a rule is inverted", "the gate of bronze", "accepted_share: more than", inverts_a_rule),
    Bug("an expectation's exception", "the gate of bronze", "accepted_share: .*gone", asks_a_column_that_is_gone),
)
