"""Raw → bronze for many datasets, two at a time."""

from functools import partial

from lake_layout.contracts import Zone, contract, in_order
from spark_jobs import measures, session
from spark_jobs.bronze.build import build


def run(addresses: list[str]) -> dict[str, dict[str, int]]:
    """Type what is new in raw; returns counts of raw, accepted and rejected rows by address."""
    chosen = [contract(address) for address in addresses] or in_order(Zone.BRONZE)
    with session.opened(" ".join(["bronze", *addresses])) as spark, measures.noted(spark):
        counts = session.side_by_side(spark, [partial(build, spark, of) for of in chosen])
    return {of.address: count for of, count in zip(chosen, counts, strict=True)}
