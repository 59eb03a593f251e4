"""Raw = bronze + quarantine: every raw row that bronze has read is there, and a record is accepted once at most."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits, read
from spark_jobs.verify.findings import Finding, findings, some
from spark_jobs.verify.scope import Scope, before

CHECK = "raw = bronze + quarantine"
_PLACE = tables.RECORD[:2]


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
    sides = _raw(landed).join(_bronze(judged), list(_PLACE), "full")
    rows, positions = (F.coalesce(name, F.lit(0)) for name in ("raw_rows", "bronze_rows"))
    is_wrong = (rows != positions) | ~F.col("raw_hash").eqNullSafe(F.col("bronze_hash")) | (F.col("twice") > 0)
    # The rows are counted in the pass that looks for what is wrong.
    told = F.when(is_wrong, F.struct(*_PLACE, "raw_rows", "bronze_rows", "twice"))
    [found] = sides.agg(F.sum("raw_rows"), F.sum("rejected"), F.array_sort(F.collect_list(told))).collect()
    landed_rows, rejected, unlike = found
    good = f"{landed_rows or 0:,} rows, of them {rejected or 0:,} rejected"
    waiting = raw.batch - taken
    warnings = [f"{waiting} raw batches wait for bronze: run `lake run daily_etl`"] if waiting > 0 else []
    wrong = [some(map(_words, unlike))] if unlike else []
    return findings(CHECK, of.address, wrong=wrong, warnings=warnings, good=good)


def _raw(rows: DataFrame) -> DataFrame:
    return rows.groupBy(*_PLACE).agg(
        F.count(F.lit(1)).alias("raw_rows"), F.bit_xor(F.xxhash64(*tables.RECORD)).alias("raw_hash")
    )


def _bronze(rows: DataFrame) -> DataFrame:
    """A record that was rejected and later accepted is one position."""
    is_accepted = F.col("_status") == tables.ACCEPTED
    positions = rows.groupBy(*tables.RECORD).agg(F.count_if(is_accepted).alias("accepted"))
    return positions.groupBy(*_PLACE).agg(
        F.count(F.lit(1)).alias("bronze_rows"),
        F.bit_xor(F.xxhash64(*tables.RECORD)).alias("bronze_hash"),
        F.count_if(F.col("accepted") > 1).alias("twice"),
        F.count_if(F.col("accepted") == 0).alias("rejected"),
    )


def _words(row: Any) -> str:
    raw, bronze = row["raw_rows"] or 0, row["bronze_rows"] or 0
    twice = f", {row['twice']:,} of them accepted more than once" if row["twice"] else ""
    others = ", and not the same ones" if raw == bronze and not twice else ""
    return f"{row['_origin']} partition {row['_partition']}: {raw:,} in raw, {bronze:,} in bronze{twice}{others}"
