"""Open quarantine of bronze → judged again by the contract and rules of today → one append to bronze.

Open positions → their rows in raw, for decoders need bytes and headers → decoder → bronze rows → what is accepted
now, and what is rejected for other reasons than before. A record keeps its position and the instant it landed, so
that of duplicates the first landed still wins; its new `_batch` lets the next silver run find its date. The commit
moves no raw position, and is refused if a bronze run came in between.
Alone: `python -m spark_jobs replay [ADDRESS …] [--rule RULE] [--dry-run]`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.rules import edition
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract, in_order
from spark_jobs import commits, measures, read, session, write
from spark_jobs.bronze.decoders import decoder
from spark_jobs.bronze.rows import bronze_rows
from spark_jobs.commits import Input
from spark_jobs.halt import Halt
from spark_jobs.quarantine import discards, records
from spark_jobs.sizing import tasks_for

_BEFORE = "_before"


@dataclass(frozen=True)
class Verdicts:
    """How many records there are with these rules before and now (None: accepted now)."""

    before: str
    now: str | None
    is_news: bool
    records: int


def run(addresses: Sequence[str], rule: str | None, *, dry_run: bool) -> dict[str, dict[str, Any]]:
    """Judge the open records of the named datasets, or of all, again; returns counts of those that have any.

    With `dry_run` nothing is written.
    """
    chosen = [contract(address) for address in addresses] or in_order(Zone.BRONZE)
    wanted = records.Wanted(rule=rule)
    waiting = [of for of in chosen if records.count(of, Zone.BRONZE, wanted)[0]]
    if not waiting:
        return {}
    with session.opened(" ".join(["replay", *addresses])) as spark, measures.noted(spark):
        counts = session.side_by_side(spark, [partial(replay, spark, of, rule, dry_run=dry_run) for of in waiting])
    return {of.address: count for of, count in zip(waiting, counts, strict=True)}


@write.replan_once
def replay(spark: SparkSession, of: Contract, rule: str | None = None, *, dry_run: bool = False) -> dict[str, Any]:
    """Judge the open records of a dataset again; what did not change makes no commit.

    Returns counts: `open`, `accepted`, `rejected`, of those `new_reasons`, and `not_in_raw`, which are left alone;
    `rules` tells for each rule that was broken how many are accepted now.
    Raises Halt if the rows written are not as many as were judged.
    """
    progress = commits.progress(of, Zone.BRONZE)
    waiting = _open(spark, of, rule)
    raw = commits.newest(of, Zone.RAW)
    version = raw.version if raw else None
    batches = _batches(spark, of, waiting, version)
    judged = _judged(spark, of, waiting, version, batches, progress.next_batch) if batches else None
    verdicts = _verdicts(judged) if judged is not None else []
    accepted, news = (_sum(verdicts, now=None), sum(one.records for one in verdicts if one.is_news))
    replayed, still = _sum(verdicts), _sum(verdicts) - accepted
    count = waiting.count()
    if judged is not None and news and not dry_run:
        told = {"replayed": replayed, "accepted": accepted, "still_rejected": still}
        taken = _taken(of, batches, version, replayed)
        commit = progress.plan(progress.consumed, rows=told, contract=edition(of, Zone.BRONZE), read=[taken])
        written = write.append(judged.where(_is_news()).coalesce(tasks_for(news)), of, Zone.BRONZE, commit)
        if written.rows["written"] != news:
            raise Halt(f"{of.address}: {news} records judged anew became {written.rows['written']} rows: report it")
    return {
        "open": count,
        "accepted": accepted,
        "rejected": still,
        "new_reasons": news - accepted,
        "not_in_raw": count - replayed,
        "rules": {
            before: {"accepted": _sum(verdicts, before, None), "records": _sum(verdicts, before)}
            for before in sorted({one.before for one in verdicts})
        },
    }


def _open(spark: SparkSession, of: Contract, rule: str | None) -> DataFrame:
    """Position and reasons (`_before`) of the open records."""
    newest = commits.newest(of, Zone.BRONZE)
    rows = read.table(spark, of, Zone.BRONZE, newest.version if newest else None)
    rejected = read.newest_judgements(rows, commits.replays(of)).where(F.col("_status") == tables.REJECTED)
    waiting = rejected.join(discards.positions(spark, of), list(tables.RECORD), "left_anti")
    asked = F.exists("_reasons", lambda reason: _rule(reason) == rule) if rule else F.lit(True)
    return waiting.where(asked).select(*tables.RECORD, F.col("_reasons").alias(_BEFORE))


def _taken(of: Contract, batches: list[int], version: int | None, count: int) -> Input:
    """What the commit tells of raw: the batches that the records came with."""
    first, last = batches[0], batches[-1]
    name = commits.input_name(of, Zone.RAW)
    return Input("table", name, first_batch=first, last_batch=last, version=version, row_count=count)


def _batches(spark: SparkSession, of: Contract, waiting: DataFrame, version: int | None) -> list[int]:
    """Batches of raw that hold an open record: positions alone are quick to read, the values come from these."""
    raw = read.table(spark, of, Zone.RAW, version)
    found = raw.join(waiting, list(tables.RECORD), "left_semi").select("_batch").distinct().collect()
    return sorted(row[0] for row in found)


def _judged(
    spark: SparkSession, of: Contract, waiting: DataFrame, version: int | None, batches: list[int], batch: int
) -> DataFrame:
    """Bronze rows of the open records that raw has, with `_before`."""
    raw = read.table(spark, of, Zone.RAW, version)
    rows = raw.where(F.col("_batch").isin(batches)).join(waiting, list(tables.RECORD), "left_semi")
    told = commits.since(of, Zone.RAW, batches[0] - 1, batches[-1]) or ()
    decoded = decoder(of)(rows, of, [commit for commit in told if commit.batch in batches])
    return bronze_rows(decoded, of, batch).join(waiting, list(tables.RECORD))


def _verdicts(judged: DataFrame) -> list[Verdicts]:
    now = F.when(F.col("_status") == tables.REJECTED, _rule(F.get("_reasons", F.lit(0))))
    shown = (_rule(F.get(_BEFORE, F.lit(0))).alias("before"), now.alias("now"), _is_news().alias("is_news"))
    found = judged.groupBy(*shown).agg(F.count(F.lit(1)).alias("records")).collect()
    return [Verdicts(**row.asDict()) for row in found]


def _is_news() -> Column:
    return (F.col("_status") == tables.ACCEPTED) | (F.col("_reasons") != F.col(_BEFORE))


def _rule(reason: Column) -> Column:
    return F.split_part(reason, F.lit(": "), F.lit(1))


def _sum(verdicts: list[Verdicts], before: str | None = None, now: str | None = "") -> int:
    """Records of a rule before (None: all) and now (None: accepted; empty: all)."""
    return sum(one.records for one in verdicts if before in (None, one.before) and now in ("", one.now))
