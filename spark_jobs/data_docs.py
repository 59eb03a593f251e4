"""The newest batch of every table → Great Expectations → Data Docs, apart from the runs that bring the batches.

It judges by the rules of the gate, but counts with code of its own; where the two find different rules broken, one is
wrong.
"""

from functools import partial

from expectations.data_docs import DataDocs
from expectations.gate import NotEvaluated, judge
from lake_layout.contracts import Zone, in_order
from spark_jobs import batches, session
from spark_jobs.batches import Batch
from spark_jobs.halt import Halt

_ZONES = (Zone.BRONZE, Zone.SILVER, Zone.GOLD)


def run() -> dict[str, object]:
    """Make the pages; the summary counts tables and names the page to open.

    Raises Halt, when all is written, where Great Expectations and the gate do not find the same.
    """
    docs = DataDocs()
    with session.opened("data_docs") as spark:
        wanted = [(of, zone) for zone in _ZONES for of in in_order(zone)]
        found = session.side_by_side(spark, [partial(batches.newest, spark, of, zone) for of, zone in wanted])
        new = [(zone, batch) for (_, zone), batch in zip(wanted, found, strict=True) if batch]
        judged = session.side_by_side(spark, [partial(_judged, docs, zone, batch) for zone, batch in new])
    page = docs.publish()
    if unlike := [words for found in judged for words in found]:
        raise Halt("\n".join(["the gate and Great Expectations do not find the same:", *unlike]))
    return {"tables": len(new), "page": str(page)}


def _judged(docs: DataDocs, zone: Zone, batch: Batch) -> list[str]:
    """What two judges of a batch see differently."""
    try:
        theirs = docs.validate(batch.of, zone, batch.rows)
        ours = {finding.rule for finding in judge(batch.of, zone, batch.rows).findings}
    except NotEvaluated as error:
        return [str(error)]
    print(f"{batch.of.address} in {zone}: {len(ours)} rules broken", flush=True)
    return [f"{batch.of.address} in {zone}: {rule}" for rule in sorted(ours ^ theirs)]
