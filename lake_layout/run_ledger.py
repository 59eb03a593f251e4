"""The tables of the run ledger: columns, keys and meanings, from which both warehouses and the marts are made."""

from dataclasses import dataclass

_CLICKHOUSE = {
    "text": "String",
    "integer": "Int32",
    "bigint": "Int64",
    "double precision": "Float64",
    "date": "Date32",
    "timestamptz": "DateTime64(6, 'UTC')",
}


@dataclass(frozen=True)
class Column:
    """`type` is that of Postgres; null is allowed where the commit may not tell."""

    name: str
    type: str
    description: str
    is_nullable: bool = True

    @property
    def clickhouse(self) -> str:
        """The type in ClickHouse."""
        type_ = _CLICKHOUSE[self.type]
        return f"Nullable({type_})" if self.is_nullable else type_


@dataclass(frozen=True)
class Table:
    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _must(name: str, type_: str, description: str) -> Column:
    return Column(name, type_, description, is_nullable=False)


SCHEMA = "ops"
_TABLE = _must(
    "table_name", "text", "Table of the lake, `<dataset>@<zone>`; with `/v2` after it where it is a version."
)
_BATCH = _must("batch", "bigint", "Batch of the table, as `_batch` in its rows.")
_DATASET = _must("dataset", "text", "Address of the dataset, `<source>/<dataset>`.")
_ZONE = _must("zone", "text", "raw, bronze, silver or gold.")
_CONTRACT = _must("contract_version", "integer", "Version of the dataset's contract, which is a table of its own.")

LOGS = Table(
    "logs",
    "How far the log of each table has been read into this ledger. One row per log.",
    ("table_name",),
    (
        _TABLE,
        _must("first_version", "bigint", "Oldest version that the log still tells of."),
        _must("last_version", "bigint", "Newest version read."),
        _must("seal", "text", "sha256 of the newest commit read: another one means that the table was made anew."),
    ),
)
BATCHES = Table(
    "batches",
    "Every batch that was committed to a table of the lake. One row per table and batch.",
    ("table_name", "batch"),
    (
        _TABLE,
        _DATASET,
        _ZONE,
        _CONTRACT,
        _BATCH,
        _must("state", "text", "committed, or undone where the table was restored to an older version."),
        _must("operation", "text", "append, replace_dates, replace_all, or replay of records that were rejected."),
        _must("version", "bigint", "Version of the Delta table that the batch made."),
        _must("run", "text", "Id of the run that wrote it."),
        Column("edition", "text", "`<version>-<digest>` of contract and rules that judged the rows; null if none did."),
        Column("code_version", "text", "Version of the code that wrote it: package + git commit."),
        Column("started_at", "timestamptz", "When (UTC) the job looked for what is new."),
        _must("committed_at", "timestamptz", "When (UTC) the batch was committed."),
        Column("seconds", "double precision", "Seconds from started_at to committed_at."),
        Column(
            "cpu_seconds", "double precision", "Seconds of CPU of Spark's tasks for it; null where Spark did not tell."
        ),
        Column("first_date", "date", "Oldest partition that the batch wrote or emptied."),
        Column("last_date", "date", "Newest partition that the batch wrote or emptied."),
        Column("rows_in", "bigint", "Rows read, of dimensions (histories) none unless there is nothing else."),
        _must("rows_out", "bigint", "Rows written, without rejected ones."),
        _must("rows_quarantined", "bigint", "Rows written as rejected."),
        Column("rows_late", "bigint", "Of the rows written, those sent over an hour after the event; told by bronze."),
        Column("rows_duplicate", "bigint", "Of the rows read, those that lost to an earlier one of their key; silver."),
        Column("rows_replaced", "bigint", "Rows that the batch took out; null where the log no longer tells."),
        _must("files", "bigint", "Data files written."),
        _must("size_bytes", "bigint", "Their size."),
    ),
)
PARTITIONS = Table(
    "batch_partitions",
    "What a batch wrote into each partition. One row per table, batch and date.",
    ("table_name", "batch", "partition_date"),
    (
        _TABLE,
        _BATCH,
        Column("partition_date", "date", "Date of the partition; null in a table without partitions."),
        _must("rows_out", "bigint", "Rows written, without rejected ones; 0 where a date was emptied."),
        _must("rows_quarantined", "bigint", "Rows written as rejected."),
        Column("rows_replaced", "bigint", "Rows that the batch took out of the partition."),
        _must("files", "bigint", "Data files written."),
        _must("size_bytes", "bigint", "Their size."),
    ),
)
INPUTS = Table(
    "batch_inputs",
    "What a batch read. One row per table, batch and input; a Kafka partition is an input of its own.",
    ("table_name", "batch", "ordinal"),
    (
        _TABLE,
        _BATCH,
        _must("ordinal", "integer", "Number of the input within the batch, from 1."),
        _must("kind", "text", "kafka, snapshot, file or table."),
        _must("name", "text", "Topic, snapshot (`<table>@<instant>`), file, or table of the lake."),
        Column("kafka_partition", "integer", "Partition of the topic."),
        Column("first_offset", "bigint", "First offset read."),
        Column("last_offset", "bigint", "Last offset read, inclusive."),
        Column("first_batch", "bigint", "First batch that was new; null where none was, as in a rebuild of dates."),
        Column("last_batch", "bigint", "Last batch that was new, inclusive."),
        Column("version", "bigint", "Version of the Delta table that was read."),
        Column("row_count", "bigint", "Rows of the snapshot, lines of the file, accepted rows of the partitions read."),
        Column("size_bytes", "bigint", "Size of the file's content, or of the snapshot as CSV."),
        Column("checksum", "text", "sha256 of the same."),
    ),
)
TABLES = (LOGS, BATCHES, PARTITIONS, INPUTS)
MARTS = {"run_ledger": BATCHES, "run_ledger_partitions": PARTITIONS, "run_ledger_inputs": INPUTS}
"""The marts of ClickHouse, each with the columns of one table."""
