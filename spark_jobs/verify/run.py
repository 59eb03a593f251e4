"""All checks: origins + lake + warehouses → findings. Alone: `python -m spark_jobs verify [--recent]`."""

from collections.abc import Callable, Iterator
from functools import partial

from pyspark.sql import SparkSession

from lake_layout.contracts import KafkaLog, Zone, in_order
from spark_jobs import session
from spark_jobs.halt import Halt
from spark_jobs.verify import keys, offsets, recomputed, warehouses, zones
from spark_jobs.verify.findings import Finding, Verdict
from spark_jobs.verify.recomputed import Sample
from spark_jobs.verify.scope import Scope

Check = Callable[[], list[Finding]]


def run(scope: Scope, sample: Sample, job: str = "verify", *, lake_only: bool = False) -> Iterator[Finding]:
    """Every finding, as soon as its check is done; two at once need jobs of different names.

    `lake_only` leaves out the warehouses: a release looks at its own.

    Raises ConnectionError if a service does not answer.
    """
    with session.opened(job) as spark:
        of_warehouses: list[Check] = [] if lake_only else [partial(warehouses.check, scope)]
        for found in session.in_turn(spark, [*_checks(spark, scope, sample), *of_warehouses]):
            yield from found


def require_good(found: list[Finding]) -> dict[str, int]:
    """How many findings there are of each verdict. Raises Halt with what is wrong, line by line."""
    wrong = [f"{one.check}: {one.dataset}: {one.words}" for one in found if one.verdict is Verdict.WRONG]
    if wrong:
        raise Halt("\n".join(["the lake does not hold what it promises:", *wrong]))
    return {verdict.value: sum(one.verdict is verdict for one in found) for verdict in Verdict}


def _checks(spark: SparkSession, scope: Scope, sample: Sample) -> list[Check]:
    sources = in_order(Zone.RAW)
    computed = [(of, zone) for zone in (Zone.SILVER, Zone.GOLD) for of in in_order(zone)]
    dated = [(of, zone) for of, zone in computed if not of.keeps_history]
    return [
        *(partial(offsets.check, spark, of, scope) for of in sources if isinstance(of.origin, KafkaLog)),
        *(partial(zones.check, spark, of, scope) for of in sources),
        *(partial(keys.check, spark, of, zone, scope) for of, zone in computed),
        *(partial(recomputed.check, spark, of, zone, sample, scope) for of, zone in dated),
    ]
