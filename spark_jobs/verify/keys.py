"""Keys of silver and gold are unique across dates; versions of a history follow each other without overlap."""

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import read
from spark_jobs.affected_dates import rebuild_command
from spark_jobs.verify.findings import Finding, findings, some
from spark_jobs.verify.scope import Scope, dates_in

CHECK = "keys"


def check(spark: SparkSession, of: Contract, zone: Zone, scope: Scope = Scope.EVERYTHING) -> list[Finding]:
    """Look for a key that has two rows, and name the dates to rebuild."""
    rows = read.accepted(spark, of, zone)
    if of.partition and scope is Scope.RECENT:
        rows = rows.where(F.col(of.partition).isin(sorted(dates_in(of, zone, scope))))
    found = _overlaps(rows, of) if tables.is_history(of, zone) else _repeated(rows, of)
    return findings(CHECK, of.address, wrong=found, good=f"{', '.join(of.key)}: unique")


def _repeated(rows: DataFrame, of: Contract) -> list[str]:
    # Few keys are repeated, if any: a hash finds them without moving whole keys about.
    key_hash = F.xxhash64(*of.key)
    suspects = rows.groupBy(key_hash.alias("_hash")).count().where("count > 1").select("_hash")
    if suspects.isEmpty():
        return []
    held = rows.withColumn("_hash", key_hash).join(F.broadcast(suspects), "_hash", "left_semi")
    days_of = [F.collect_set(of.partition).alias("dates")] if of.partition else []
    repeated = held.groupBy(*of.key).agg(F.count(F.lit(1)).alias("rows"), *days_of).where("rows > 1")
    keys = repeated.orderBy(*of.key).collect()
    if not keys:
        return []
    named = some(_named(row.asDict(), of) for row in keys)
    if not of.partition:
        return [f"{len(keys):,} keys have several rows: {named}"]
    days = sorted({day for row in keys for day in row["dates"]})
    remedy = f"rebuild their dates: {rebuild_command(days[0], days[-1])}"
    return [f"{len(keys):,} keys have several rows: {named}; {remedy}"]


def _overlaps(versions: DataFrame, of: Contract) -> list[str]:
    following = F.lead("valid_from").over(Window.partitionBy(*of.key).orderBy("valid_from", "valid_to"))
    ends = F.coalesce(F.col("valid_to"), F.lit("9999-12-31").cast("timestamp"))
    wrong = versions.withColumn("_next", following).where((ends > F.col("_next")) | (ends <= F.col("valid_from")))
    keys = wrong.select(*of.key).distinct().orderBy(*of.key).collect()
    if not keys:
        return []
    return [f"{len(keys):,} keys have versions that overlap or are empty: {some(_named(k.asDict(), of) for k in keys)}"]


def _named(row: dict[str, object], of: Contract) -> str:
    """The key, without what is personal in it."""
    personal = {column.name for column in of.columns if column.pii}
    shown = [f"{name}={row[name]}" for name in of.key if name not in personal]
    return "/".join(shown) or "(personal)"
