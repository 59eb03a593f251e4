"""All origins → raw: Kafka topics and file folders side by side, the database in one transaction."""

from functools import partial

from pyspark.sql import SparkSession

from lake_layout.contracts import Contract, Zone, contract, in_order
from spark_jobs import session
from spark_jobs.raw import files, kafka_log, snapshot

_KINDS = ("kafka_log", "snapshot", "files")
Counts = dict[str, dict[str, int]]


def run(kind: str | None, addresses: list[str]) -> Counts:
    """Land what is new; returns counts by address.

    Raises KeyError for an unknown address, ValueError for one without an origin, Halt where a person must look.
    """
    chosen = [contract(address) for address in addresses] or in_order(Zone.RAW)
    of_kind: dict[str, list[Contract]] = {name: [] for name in _KINDS}
    for one in chosen:
        if one.origin is None:
            raise ValueError(f"{one.address} is computed, it has no origin")
        if kind in (None, one.origin.kind):
            of_kind[one.origin.kind].append(one)
    job = " ".join(["land", kind or "all", *addresses])
    with session.opened(job) as spark:
        return _land(spark, of_kind)


def _land(spark: SparkSession, of_kind: dict[str, list[Contract]]) -> Counts:
    found: Counts = {}
    if of_kind["snapshot"]:
        found |= snapshot.land(spark, of_kind["snapshot"])
    side_by_side = [(kafka_log.land, of) for of in of_kind["kafka_log"]] + [(files.land, of) for of in of_kind["files"]]
    calls = [partial(function, spark, of) for function, of in side_by_side]
    for (_, of), counts in zip(side_by_side, session.side_by_side(spark, calls), strict=True):
        found[of.address] = counts
    return found
