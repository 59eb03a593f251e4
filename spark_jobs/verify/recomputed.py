"""A few dates of silver and gold, computed again from their inputs and held against the rows that the table has.

Dates that the next run would rebuild anyway are left out. Where rows that came later than `restate_within` are held
for a ranged run, another result is expected, and the words name that run.
"""

import random
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from lake_layout.periods import Period
from spark_jobs import affected_dates, commits, compute, read
from spark_jobs.verify.findings import Finding, findings, some
from spark_jobs.verify.scope import Scope, dates_in

CHECK = "computed again"


@dataclass(frozen=True)
class Sample:
    """How many dates of a table are computed again, in which span of dates if not all; a seed chooses them."""

    count: int = 2
    seed: int = 0
    span: tuple[date, date] | None = None


def check(
    spark: SparkSession, of: Contract, zone: Zone, sample: Sample, scope: Scope = Scope.EVERYTHING
) -> list[Finding]:
    """Hold some dates of the table against what its inputs give now."""
    table = read.table(spark, of, zone)
    progress = commits.progress(of, zone)
    pins = compute.input_pins(of, progress)
    waiting = set(compute.affected(spark, of, zone, pins).dates) if progress.consumed else set()
    chosen = set(affected_dates.span(of, *sample.span)) if sample.span else dates_in(of, zone, scope)
    if of.period is not Period.DAY and not progress.consumed:
        # Days are built by the run that proves them, weeks by one that begins when they are released.
        chosen &= dates_in(of, zone, Scope.EVERYTHING)
    dates = sampled(chosen - waiting, sample.count, f"{sample.seed} {of.address}")
    if not dates:
        return findings(CHECK, of.address, wrong=(), good="no date to look at")
    wanted = [column.name for column in tables.columns(of, zone)]
    again = compute.computed(spark, of, zone, pins, dates).select(*wanted)
    held = table.where(F.col(affected_dates.partition(of)).isin(list(dates))).select(*wanted)
    unlike = _difference(held, again, wanted, affected_dates.partition(of))
    late = affected_dates.held_dates(spark, of, pins) if unlike else set()
    wrong = [words for day, words in unlike.items() if day not in late]
    warnings = [
        f"{words}: rows that came too late wait for `{affected_dates.rebuild_command(day, day)}`"
        for day, words in unlike.items()
        if day in late
    ]
    good = f"{some(dates)}: the same rows"
    return findings(CHECK, of.address, wrong=wrong, warnings=warnings, good=good)


def sampled(dates: set[date], count: int, seed: str) -> tuple[date, ...]:
    """The newest date and others by chance; the same seed gives the same ones."""
    ordered = sorted(dates)
    if len(ordered) <= count:
        return tuple(ordered)
    return tuple(sorted([*random.Random(seed).sample(ordered[:-1], count - 1), ordered[-1]]))


def _difference(held: DataFrame, again: DataFrame, columns: list[str], day: str) -> dict[date, str]:
    """Date → what is unlike there; empty where both hold the same rows, each as often."""
    both = held.withColumn("_side", F.lit(1)).unionByName(again.withColumn("_side", F.lit(-1)))
    if _sums_agree(both, columns, day):
        return {}
    rows = both.groupBy(*columns).agg(F.sum("_side").alias("_more")).where("_more <> 0")
    invented, lost = (F.sum(F.greatest(sign * F.col("_more"), F.lit(0))) for sign in (F.lit(1), F.lit(-1)))
    found = rows.groupBy(day).agg(invented.alias("invented"), lost.alias("lost")).orderBy(day).collect()
    return {
        row[day]: f"{row[day]}: {row['lost']:,} rows missing, {row['invented']:,} that should not be" for row in found
    }


def _sums_agree(both: DataFrame, columns: list[str], day: str) -> bool:
    """Whether the sides have as many rows on each date, and the same sums of their hashes.

    So equal rows, which are the rule, are found without moving a row. A hash passes over nulls: where they stand is
    hashed, too. Halves of hashes are summed, for sums of whole ones would overflow.
    """
    nulls = sum((F.col(name).isNull().cast("bigint") * (1 << at) for at, name in enumerate(columns)), F.lit(0))
    row_hash = F.xxhash64(*columns, nulls)
    halves = (row_hash.bitwiseAND(0xFFFFFFFF), F.shiftrightunsigned(row_hash, 32))
    sums = [F.sum(F.col("_side") * half).alias(f"_half_{at}") for at, half in enumerate(halves)]
    unlike = both.groupBy(day).agg(F.sum("_side").alias("_more"), *sums)
    return unlike.where("_more <> 0 OR _half_0 <> 0 OR _half_1 <> 0").isEmpty()
