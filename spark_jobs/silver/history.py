"""Versions of a snapshot's rows: bronze snapshots + the history so far → the history.

A version opens when a key appears or its content changes and closes when the content changes or the key
is absent from a later snapshot. The first version of a key opens at `BEGINNING`; several snapshots are
taken in order of the instants at which they were read; equal content in a row makes one version.
A row that bronze rejected proves that its key was there: it neither changes nor closes a version. Where
a rejected row does not even tell its key, no absence in that snapshot counts.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract

BEGINNING = "1970-01-01 00:00:00"
"""Before every event, and within what Postgres and ClickHouse can hold."""


def transform(history: DataFrame, snapshots: DataFrame, of: Contract, batch: int) -> DataFrame:
    """The history after `snapshots` (bronze rows, accepted and rejected), written by batch number `batch`."""
    is_open = F.col("valid_to").isNull()
    seen = _seen(history.where(is_open), snapshots, of)
    stays = _stays(seen, _taken(snapshots, of), of)
    versions = _versions(stays, history, of)
    return history.where(~is_open).unionByName(_with_batches(versions, batch).select(*history.columns))


def anew(history: DataFrame, snapshots: DataFrame, of: Contract, batch: int) -> DataFrame:
    """The history made from all `snapshots`, of which some rows were repaired since it was made.

    Versions that stand keep their batches, so that those who read the history find only what changed. A version that
    ends earlier was closed by this batch; any other difference is a version that this batch opened.
    """
    fresh = transform(history.limit(0), snapshots, of, batch).withColumn("_content", F.struct(*_content(of)))
    was = F.struct("valid_to", "_batch", "_closed_batch").alias("_was")
    old = history.select(*of.key, "valid_from", F.struct(*_content(of)).alias("_content"), was)
    ends, ended = F.col("valid_to"), F.col("_was.valid_to")
    is_no_longer = F.coalesce(ends <= ended, ended.isNull())
    batches = {
        "_batch": F.coalesce(F.when(is_no_longer, F.col("_was._batch")), "_batch"),
        "_closed_batch": F.when(ends == ended, F.col("_was._closed_batch")).otherwise(F.col("_closed_batch")),
    }
    matched = fresh.join(old, [*of.key, "valid_from", "_content"], "left")
    return matched.withColumns(batches).select(*history.columns)


def _content(of: Contract) -> list[str]:
    return [column.name for column in tables.typed(of) if column.name not in of.key]


def _taken(snapshots: DataFrame, of: Contract) -> DataFrame:
    """One row per snapshot: `_read_at`, and the first one after it whose absences count, `_absent_at`."""
    keyless = F.bool_or(~_has_key(of))
    taken = snapshots.groupBy(F.col("_logged_at").alias("_read_at")).agg(keyless.alias("_has_keyless"))
    # The state before the first snapshot stands for one that was read at the beginning of time.
    start = taken.sparkSession.sql(f"SELECT TIMESTAMP'{BEGINNING}' AS _read_at, true AS _has_keyless")
    tells = F.when(~F.col("_has_keyless"), F.col("_read_at"))
    after = Window.partitionBy(F.lit(0)).orderBy("_read_at").rowsBetween(1, Window.unboundedFollowing)
    return taken.unionByName(start).select("_read_at", F.min(tells).over(after).alias("_absent_at"))


def _has_key(of: Contract) -> Column:
    present = F.lit(True)
    for name in of.key:
        present = present & F.col(name).isNotNull()
    return present


def _seen(current: DataFrame, snapshots: DataFrame, of: Contract) -> DataFrame:
    """One row per key and instant at which it was seen; the content is null where bronze rejected it."""
    content = F.struct(*_content(of))
    known = F.when(F.col("_status") == tables.ACCEPTED, content)
    nothing = F.lit(None)
    before = current.select(
        *of.key,
        F.lit(BEGINNING).cast("timestamp").alias("_read_at"),
        content.alias("_content"),
        "valid_from",
        F.col("_batch").alias("_opened_batch"),
    )
    now = snapshots.where(_has_key(of)).select(
        *of.key,
        F.col("_logged_at").alias("_read_at"),
        known.alias("_content"),
        nothing.cast("timestamp").alias("valid_from"),
        nothing.cast("bigint").alias("_opened_batch"),
    )
    # A snapshot that repeats a key counts once: its accepted row of smallest content.
    once = now.groupBy(*of.key, "_read_at").agg(
        F.min("_content").alias("_content"),
        F.first("valid_from").alias("valid_from"),
        F.first("_opened_batch").alias("_opened_batch"),
    )
    return before.unionByName(once)


def _stays(seen: DataFrame, taken: DataFrame, of: Contract) -> DataFrame:
    """Number the stays of a key: a new one begins where a snapshot between two sightings missed it."""
    in_time = Window.partitionBy(*of.key).orderBy("_read_at")
    timed = seen.join(F.broadcast(taken), "_read_at")
    was_absent = F.lag("_absent_at").over(in_time) < F.col("_read_at")
    returns = F.coalesce(was_absent, F.lit(False)).cast("int")
    return timed.withColumn("_returns", returns).withColumn("_stay", F.sum("_returns").over(in_time))


def _versions(stays: DataFrame, history: DataFrame, of: Contract) -> DataFrame:
    """Rows of the history for every change of content within a stay."""
    stay = Window.partitionBy(*of.key, "_stay").orderBy("_read_at")
    before = stay.rowsBetween(Window.unboundedPreceding, -1)
    whole = stay.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    previous = F.last("_content", ignorenulls=True).over(before)
    content = F.col("_content")
    opened = (
        stays.withColumns(
            {
                "_opens": content.isNotNull() & (previous.isNull() | (content != previous)),
                "_left_at": F.last("_absent_at").over(whole),
            }
        )
        .where("_opens")
        .withColumn("valid_to", F.coalesce(F.lead("_read_at").over(stay), F.col("_left_at")))
    )
    known = history.select(*of.key, F.lit(True).alias("_is_known")).distinct()
    every = Window.partitionBy(*of.key).orderBy("_read_at")
    is_first = F.col("_is_known").isNull() & (F.row_number().over(every) == 1)
    begins = F.when(is_first, F.lit(BEGINNING).cast("timestamp")).otherwise(F.col("_read_at"))
    return opened.join(known, list(of.key), "left").select(
        *of.key,
        "_content.*",
        F.coalesce("valid_from", begins).alias("valid_from"),
        "valid_to",
        F.col("_opened_batch"),
    )


def _with_batches(versions: DataFrame, batch: int) -> DataFrame:
    return versions.withColumns(
        {
            "_batch": F.coalesce("_opened_batch", F.lit(batch)).cast("bigint"),
            "_closed_batch": F.when(F.col("valid_to").isNotNull(), F.lit(batch)).cast("bigint"),
        }
    )
