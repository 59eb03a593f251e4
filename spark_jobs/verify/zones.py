"""Raw = bronze + quarantine: every raw row that bronze has read is there, and a record is accepted once at most."""

from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits, read
from spark_jobs.verify.findings import Finding, findings, some
from spark_jobs.verify.scope import Scope, before

CHECK = "raw = bronze + quarantine"
_PLACE = tables.RECORD[:2]
_COUNTS = ("raw_rows", "bronze_rows", "twice", "rejected")


def check(spark: SparkSession, of: Contract, scope: Scope = Scope.EVERYTHING) -> list[Finding]:
    """Hold the positions of raw rows against those of bronze rows, by origin and partition."""
    typed, raw = commits.newest(of, Zone.BRONZE), commits.newest(of, Zone.RAW)
    if typed is None or raw is None:
        return findings(CHECK, of.address, wrong=(), good="nothing is typed yet")
    taken = int(typed.inputs.get(commits.input_name(of, Zone.RAW), 0))
    begin = before(of, scope)
    landed = read.table(spark, of, Zone.RAW, raw.version).where(F.col("_batch").between(begin.raw + 1, taken))
    judged = read.table(spark, of, Zone.BRONZE, typed.version).where(F.col("_batch") > begin.bronze)
    if begin.bronze:
        # A replay judges records again that may have landed long before.
        judged = judged.where(~F.col("_batch").isin(commits.replays(of) or []))
    sides = _landed(landed).unionByName(_judged(judged)).groupBy(*_PLACE)
    places = sides.agg(*(F.sum(name).alias(name) for name in _COUNTS), F.bit_xor("hash").alias("hash"))
    # What is on both sides once cancels itself out.
    is_wrong = (F.col("raw_rows") != F.col("bronze_rows")) | (F.col("hash") != 0) | (F.col("twice") > 0)
    # The rows are counted in the pass that looks for what is wrong.
    told = F.when(is_wrong, F.struct(*_PLACE, "raw_rows", "bronze_rows", "twice"))
    [found] = places.agg(F.sum("raw_rows"), F.sum("rejected"), F.array_sort(F.collect_list(told))).collect()
    landed_rows, rejected, unlike = found
    good = f"{landed_rows or 0:,} rows, of them {rejected or 0:,} rejected"
    waiting = raw.batch - taken
    warnings = [f"{waiting} raw batches wait for bronze: run `lake run daily_etl`"] if waiting > 0 else []
    wrong = [some(map(_words, unlike))] if unlike else []
    return findings(CHECK, of.address, wrong=wrong, warnings=warnings, good=good)


def _landed(rows: DataFrame) -> DataFrame:
    return _counted(rows, raw_rows=F.lit(1))


def _judged(rows: DataFrame) -> DataFrame:
    """A record that was rejected and later accepted is one position."""
    is_accepted = F.col("_status") == tables.ACCEPTED
    positions = rows.groupBy(*tables.RECORD).agg(F.count_if(is_accepted).alias("accepted"))
    twice, rejected = (F.col("accepted") > 1).cast("int"), (F.col("accepted") == 0).cast("int")
    return _counted(positions, bronze_rows=F.lit(1), twice=twice, rejected=rejected)


def _counted(rows: DataFrame, **counts: Column) -> DataFrame:
    """Place, what each row counts for, and its hash."""
    every = (counts.get(name, F.lit(0)).cast("bigint").alias(name) for name in _COUNTS)
    return rows.select(*_PLACE, *every, F.xxhash64(*tables.RECORD).alias("hash"))


def _words(row: Any) -> str:
    raw, bronze = row["raw_rows"], row["bronze_rows"]
    twice = f", {row['twice']:,} of them accepted more than once" if row["twice"] else ""
    others = ", and not the same ones" if raw == bronze and not twice else ""
    return f"{row['_origin']} partition {row['_partition']}: {raw:,} in raw, {bronze:,} in bronze{twice}{others}"
