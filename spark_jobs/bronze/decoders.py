"""Which decoder reads a dataset's raw rows: the kind of its origin, and its format."""

from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake_layout.contracts import Contract, Files, KafkaLog
from spark_jobs.bronze import avro_messages, csv_lines, json_text, log_lines, snapshot_rows
from spark_jobs.bronze.fields import UNREADABLE, header_text
from spark_jobs.commits import Commit

Decoder = Callable[[DataFrame, Contract, Sequence[Commit]], DataFrame]
_FORMATS: dict[str, Decoder] = {
    "json": json_text.decode,
    "json_lines": json_text.decode,
    "avro": avro_messages.decode,
    "csv": csv_lines.decode,
    "log_lines": log_lines.decode,
}


def decoder(of: Contract) -> Decoder:
    """Reads raw rows of the commits given; see `fields` for what it returns."""
    if isinstance(of.origin, KafkaLog):
        return _FORMATS[of.origin.format]
    if isinstance(of.origin, Files):
        return _of_files(_FORMATS[of.origin.format])
    return snapshot_rows.decode


def _of_files(lines: Decoder) -> Decoder:
    """A file that is empty or cannot be decompressed is one raw row that says so."""

    def decode(raw: DataFrame, of: Contract, batches: Sequence[Commit]) -> DataFrame:
        said = header_text("unreadable")
        return lines(raw.withColumn("_said", said), of, batches).withColumn(UNREADABLE, F.coalesce("_said", UNREADABLE))

    return decode
