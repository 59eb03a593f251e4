"""The gate of a zone: batches not gated yet → `expectations.gate` → `<lake>/ops/gates`, or a halt.

How far a table is gated stands in that small Delta table, apart from the data: a run that dies leaves
the batches to the next one, which finds the same. `python -m spark_jobs gate silver`.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from pyspark.sql import SparkSession

from expectations.gate import Outcome, judge
from lake_layout.contracts import Zone, contract, in_order
from spark_jobs import batches, gate_log, ops, session
from spark_jobs.batches import Batch
from spark_jobs.gate_log import HALTED, LET_THROUGH, PASSED, WARNED
from spark_jobs.halt import Halt

_COLUMNS = (
    "gated_at timestamp, zone string, address string, table_id string, batch bigint, verdict string, findings string"
)


def run(zone: Zone, addresses: list[str] | None = None) -> dict[str, object]:
    """Gate what is new in the tables of a zone; the summary counts tables and warnings.

    Raises Halt with every broken rule that halts, after all tables have been looked at, and NotEvaluated.
    """
    with session.opened(f"gate {zone}") as spark:
        new = _new_batches(spark, zone, addresses)
        outcomes = session.side_by_side(spark, [partial(judge, one.of, zone, one.rows) for one in new])
        if new:
            _record(spark, zone, [(b, _verdict(o), o) for b, o in zip(new, outcomes, strict=True)])
    for outcome in outcomes:
        for finding in outcome.findings:
            print(f"{finding.action}: {outcome.of.address} in {zone}: {finding}")
    halted = [outcome for outcome in outcomes if outcome.halting]
    if halted:
        raise Halt(_words(zone, halted))
    return {"gated": len(outcomes), "warnings": sum(len(o.findings) for o in outcomes)}


def let_through(zone: Zone, address: str, reason: str) -> dict[str, object]:
    """Take a halted batch as good: a person has looked at it and says why."""
    with session.opened(f"gate {zone}") as spark:
        new = _new_batches(spark, zone, [address])
        if new:
            _record(spark, zone, [(batch, LET_THROUGH, reason) for batch in new])
    return {"let_through": [f"{batch.of.address} up to batch {batch.number}" for batch in new]}


def _new_batches(spark: SparkSession, zone: Zone, addresses: list[str] | None) -> list[Batch]:
    gated = gate_log.passed(zone)
    wanted = [contract(address) for address in addresses] if addresses else in_order(zone)
    after = {of.address: gated.get(gate_log.table_id(of, zone) or "", 0) for of in wanted}
    calls = [partial(batches.since, spark, of, zone, after[of.address]) for of in wanted]
    return [batch for batch in session.side_by_side(spark, calls) if batch]


def _verdict(outcome: Outcome) -> str:
    if outcome.halting:
        return HALTED
    return WARNED if outcome.findings else PASSED


def _record(spark: SparkSession, zone: Zone, results: Sequence[tuple[Batch, str, Outcome | str]]) -> None:
    now = datetime.now(UTC)
    rows = [
        (now, zone.value, b.of.address, gate_log.table_id(b.of, zone), b.number, verdict, _findings(said))
        for b, verdict, said in results
    ]
    ops.append(spark, gate_log.TABLE, rows, _COLUMNS)


def _findings(said: Outcome | str) -> str:
    if isinstance(said, str):
        return json.dumps([{"rule": LET_THROUGH, "reason": said}])
    return json.dumps([{"rule": f.rule, "action": f.action, "rows": f.rows} for f in said.findings])


def _words(zone: Zone, halted: list[Outcome]) -> str:
    lines = [f"{outcome.of.address}: {finding}" for outcome in halted for finding in outcome.halting]
    remedy = (
        f"Nothing after this gate has run. Repair the source or the rule and run again; to take a batch as it is:"
        f' python -m spark_jobs gate {zone} ADDRESS --let-through "why"'
    )
    return "\n".join([f"the {zone} gate halts:", *lines, remedy])
