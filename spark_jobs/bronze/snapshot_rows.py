"""Rows of a database snapshot → fields; a column of the contract that the table no longer has rejects the batch."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake_layout import contracts, tables
from lake_layout.contracts import Contract
from spark_jobs.bronze.fields import FIELDS, UNREADABLE, source_names
from spark_jobs.commits import Commit
from spark_jobs.raw.snapshot_drift import STORED

COLUMNS = "columns"


def decode(raw: DataFrame, of: Contract, batches: Sequence[Commit]) -> DataFrame:
    """Adds `_fields`, `_unreadable`, and the whole row as JSON in `_value`."""
    pipeline = {column.name for column in tables.RAW}
    own = [name for name in raw.columns if name not in pipeline]
    payload = F.to_json(F.struct(*own), {"ignoreNullFields": "false"}).cast("binary")
    fields = F.struct(*(_text(column, own, batches).alias(column.name) for column in of.columns))
    unreadable = _drift(of, own, batches)
    return raw.withColumn("_value", payload).withColumn(FIELDS, fields).withColumn(UNREADABLE, unreadable)


def _text(column: contracts.Column, own: list[str], batches: Sequence[Commit]) -> Column:
    """The column as text, so that one set of typing rules holds for every format, whatever its type was in between."""
    name = next((name for name in source_names(column) if name in own), None)
    if name is None:
        return F.lit(None).cast("string")
    stored = {p.get(STORED, {}).get(name, name) for commit in batches for p in commit.inputs.values()}
    # Of one row, only the column of its own snapshot's type is filled.
    return F.coalesce(*(F.col(one).cast("string") for one in sorted({name, *stored} & set(own))))


def _drift(of: Contract, own: list[str], batches: Sequence[Commit]) -> Column:
    """Why a batch is rejected whole; null for a batch with all columns of the contract."""
    result = F.lit(None).cast("string")
    for commit in batches:
        had = [name for position in commit.inputs.values() for name in position[COLUMNS]]
        absent = [column.name for column in of.columns if not set(source_names(column)) & set(had)]
        if absent:
            words = f"missing_column: the table has no {', '.join(absent)}"
            result = F.when(F.col("_batch") == commit.batch, words).otherwise(result)
    return result
