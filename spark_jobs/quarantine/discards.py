"""Records that a person gave up: positions + a reason → `<lake>/ops/discards`, which keeps who, when and why.

The record stays in bronze, and its bytes in raw; it is no longer open and a replay passes it over.
Alone: `python -m spark_jobs discard ADDRESS ID … --reason "…"`.
"""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import ops, session, storage

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from spark_jobs.quarantine.records import Record

_TABLE = "discards"
_COLUMNS = (
    "discarded_at timestamp, discarded_by string, because string, address string, version int, "
    "_origin string, _partition int, _offset bigint"
)
_KNOWN = pa.schema(
    [("_origin", pa.string()), ("_partition", pa.int32()), ("_offset", pa.int64())]
    + [("discarded_at", pa.timestamp("us", "UTC")), ("discarded_by", pa.string()), ("because", pa.string())]
)


def run(address: str, ids: Sequence[str], rule: str | None, reason: str) -> dict[str, int]:
    """Discard the records named, or all open ones that broke a rule; once discarded, the first reason stands.

    Raises ValueError: no reason, an id that is none, or one of silver, where rows are judged again.
    """
    from spark_jobs.quarantine import records

    of = contract(address)
    if not reason.strip():
        raise ValueError("a discard needs a reason: those who come later will ask")
    if ids:
        found = list(dict.fromkeys(records.named(of, one) for one in ids))
    else:
        found = records.find(of, Zone.BRONZE, records.Wanted(rule=rule))
    if any(record.zone is not Zone.BRONZE for record in found):
        raise ValueError("a silver row cannot be discarded: mend its source or its rule, and rebuild its date")
    new = [record for record in found if record.discarded_at is None]
    if new:
        _append(of, new, reason)
    return {"discarded": len(new), "before": len(found) - len(new)}


def known(of: Contract) -> pa.Table:
    """Position, discarded_at, discarded_by and because of the dataset's discarded records, one row for each."""
    table = storage.open_table(ops.path(_TABLE))
    if table is None:
        return _KNOWN.empty_table()
    rows = storage.dataset(table, ops.path(_TABLE))
    with duckdb.connect() as lake:
        lake.register("rows", rows)
        first: pa.Table = lake.sql(
            """select _origin, _partition, _offset, min(discarded_at) as discarded_at,
                arg_min(discarded_by, discarded_at) as discarded_by, arg_min(because, discarded_at) as because
            from rows where address = $address and version = $version group by all""",
            params={"address": of.address, "version": of.version},
        ).to_arrow_table()
        return first.cast(_KNOWN)


def positions(spark: "SparkSession", of: Contract) -> "DataFrame":
    """Positions of the dataset's discarded records, as of now."""
    table = storage.open_table(ops.path(_TABLE))
    if table is None:
        return spark.createDataFrame([], "_origin string, _partition int, _offset bigint")
    rows = spark.read.format("delta").option("versionAsOf", table.version()).load(ops.path(_TABLE))
    return rows.where((rows.address == of.address) & (rows.version == of.version)).select(*tables.RECORD)


def _append(of: Contract, found: Sequence["Record"], reason: str) -> None:
    who = (datetime.now(UTC), getpass.getuser(), reason.strip(), of.address, of.version)
    rows = [(*who, record.origin, record.partition, record.offset) for record in found]
    with session.opened(f"discard {of.address}") as spark:
        ops.append(spark, _TABLE, rows, _COLUMNS)
