"""All origins → raw: Kafka topics, file folders and the database side by side, the database in one transaction."""

from collections.abc import Callable
from functools import partial

from pyspark.sql import SparkSession

from lake_layout.contracts import Contract, Zone, contract, in_order
from spark_jobs import measures, session
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
    with session.opened(job) as spark, measures.noted(spark):
        return _land(spark, of_kind)


def _land(spark: SparkSession, of_kind: dict[str, list[Contract]]) -> Counts:
    """Each origin on its own: one that halts or fails is raised when the others have landed."""
    calls = [partial(snapshot.land, spark, of_kind["snapshot"])] if of_kind["snapshot"] else []
    calls += [partial(_one, spark, kafka_log.land, of) for of in of_kind["kafka_log"]]
    calls += [partial(_one, spark, files.land, of) for of in of_kind["files"]]
    return {address: counts for found in session.side_by_side(spark, calls) for address, counts in found.items()}


def _one(spark: SparkSession, land: Callable[[SparkSession, Contract], dict[str, int]], of: Contract) -> Counts:
    return {of.address: land(spark, of)}
