"""The gate of a zone: batches not gated yet → Great Expectations → `<lake>/ops/gates`, or a halt.

How far a table is gated stands in that small Delta table, apart from the data: a run that dies leaves
the batches to the next one, which finds the same. `python -m spark_jobs gate silver`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.gate import Gate, Outcome
from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract, in_order
from spark_jobs import commits, ops, read, session
from spark_jobs.commits import Commit
from spark_jobs.halt import Halt

_TABLE = "gates"
_COLUMNS = "gated_at timestamp, zone string, address string, batch bigint, verdict string, findings string"
_PASSED, _WARNED, _HALTED, _LET_THROUGH = "passed", "warned", "halted", "let_through"


@dataclass(frozen=True)
class Batch:
    """The rows of a table that came after what was gated, up to batch `number`."""

    of: Contract
    number: int
    rows: DataFrame


def run(zone: Zone, addresses: list[str] | None = None) -> dict[str, object]:
    """Gate what is new in the tables of a zone; the summary counts tables and warnings.

    Raises Halt with every broken rule that halts, after all tables have been looked at.
    """
    with session.opened(f"gate {zone}") as spark:
        batches = _new_batches(spark, zone, addresses)
        gate = Gate(zone)
        outcomes = session.side_by_side(spark, [partial(gate.validate, one.of, one.rows) for one in batches])
        if batches:
            _record(spark, zone, [(b, _verdict(o), o) for b, o in zip(batches, outcomes, strict=True)])
    page = gate.publish()
    for outcome in outcomes:
        for finding in outcome.findings:
            print(f"{finding.action}: {outcome.of.address} in {zone}: {finding}")
    halted = [outcome for outcome in outcomes if outcome.halting]
    if halted:
        raise Halt(_words(zone, halted, str(page)))
    return {"gated": len(outcomes), "warnings": sum(len(o.findings) for o in outcomes), "page": str(page)}


def let_through(zone: Zone, address: str, reason: str) -> dict[str, object]:
    """Take a halted batch as good: a person has looked at it and says why."""
    with session.opened(f"gate {zone}") as spark:
        batches = _new_batches(spark, zone, [address])
        if batches:
            _record(spark, zone, [(batch, _LET_THROUGH, reason) for batch in batches])
    return {"let_through": [f"{batch.of.address} up to batch {batch.number}" for batch in batches]}


def _new_batches(spark: SparkSession, zone: Zone, addresses: list[str] | None) -> list[Batch]:
    gated = _gated(spark, zone)
    wanted = [contract(address) for address in addresses] if addresses else in_order(zone)
    calls: list[Callable[[], Batch | None]] = [
        partial(_new_batch, spark, of, zone, gated.get(of.address, 0)) for of in wanted
    ]
    return [batch for batch in session.side_by_side(spark, calls) if batch]


def _new_batch(spark: SparkSession, of: Contract, zone: Zone, after: int) -> Batch | None:
    newest = commits.newest(of, zone)
    if newest is None or newest.batch == after:
        return None
    # A table that was made anew begins again with its first batch.
    after = after if after < newest.batch else 0
    found = commits.since(of, zone, after, newest.batch)
    if found and all(commit.is_replay and not commit.rows["accepted"] for commit in found):
        return None
    rows = read.table(spark, of, zone, newest.version)
    if zone is Zone.BRONZE:
        rows = _judged_once(rows.where(F.col("_batch").between(after + 1, newest.batch)), found or [])
    elif found and of.partition and not tables.is_history(of, zone):
        dates = {day for commit in found for day in commit.dates}
        rows = rows.where(F.col(of.partition).isin(sorted(dates)))
    return Batch(of, newest.batch, rows)


def _judged_once(rows: DataFrame, found: Sequence[Commit]) -> DataFrame:
    """Bronze rows of the commits, each record once: repaired where a replay repaired it, else as first rejected."""
    replays = [commit.batch for commit in found if commit.is_replay]
    if not replays:
        return rows
    is_old_news = F.col("_batch").isin(replays) & (F.col("_status") == tables.REJECTED)
    return read.newest_judgements(rows.where(~is_old_news), replays)


def _gated(spark: SparkSession, zone: Zone) -> dict[str, int]:
    """Up to which batch each table has passed."""
    if not commits.exists(ops.path(_TABLE)):
        return {}
    verdicts = spark.read.format("delta").load(ops.path(_TABLE))
    passed = verdicts.where((F.col("zone") == zone) & (F.col("verdict") != _HALTED))
    rows = passed.groupBy("address").agg(F.max("batch").alias("batch")).collect()
    return {row.address: row.batch for row in rows}


def _verdict(outcome: Outcome) -> str:
    if outcome.halting:
        return _HALTED
    return _WARNED if outcome.findings else _PASSED


def _record(spark: SparkSession, zone: Zone, results: Sequence[tuple[Batch, str, Outcome | str]]) -> None:
    now = datetime.now(UTC)
    rows = [(now, zone.value, b.of.address, b.number, verdict, _findings(said)) for b, verdict, said in results]
    ops.append(spark, _TABLE, rows, _COLUMNS)


def _findings(said: Outcome | str) -> str:
    if isinstance(said, str):
        return json.dumps([{"rule": _LET_THROUGH, "reason": said}])
    return json.dumps([{"rule": f.rule, "action": f.action, "rows": f.rows} for f in said.findings])


def _words(zone: Zone, halted: list[Outcome], page: str) -> str:
    lines = [f"{outcome.of.address}: {finding}" for outcome in halted for finding in outcome.halting]
    remedy = (
        f"Nothing after this gate has run. Look at {page}, repair the source or the rule and run again; to take "
        f'a batch as it is: python -m spark_jobs gate {zone} ADDRESS --let-through "why"'
    )
    return "\n".join([f"the {zone} gate halts:", *lines, remedy])
