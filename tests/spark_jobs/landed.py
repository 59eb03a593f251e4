"""Raw rows for tests of bronze: what the landing jobs write, without their origins."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

import fastavro
from pyspark.sql import Row, SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from lake_layout.schemas import schema_path
from spark_jobs import commits, read, write
from spark_jobs.bronze import build

LANDED_AT = datetime(2025, 3, 26, 12, tzinfo=UTC)
Value = bytes | str | None
TURN = {
    "event_id": "e1", "conversation_id": "c1", "user_id": "u1", "role": "user", "intent": None, "text": "hi",
    "tokens": 7, "latency_ms": None, "rating": None, "occurred_at": "2025-03-24T10:00:00+02:00",
    "sent_at": "2025-03-24T10:00:01+02:00",
}  # fmt: skip


def land(spark: SparkSession, of: Contract, values: Sequence[Value], header: str | None = None, start: int = 0) -> None:
    """Append values to raw as one batch, at offsets from `start`."""
    commit = commits.progress(of, Zone.RAW).plan({})
    headers = [("header", bytearray(header, "utf-8"))] if header else None
    rows = [
        (commit.batch, date(2025, 3, 26), "origin", 0, start + index, LANDED_AT, None, _bytes(value), headers)
        for index, value in enumerate(values)
    ]
    schema = tables.ddl([*tables.RAW, *tables.RAW_BYTES])
    write.append(spark.createDataFrame(rows, schema), of, Zone.RAW, commit)


def _bytes(value: Value) -> bytearray | None:
    if value is None:
        return None
    return bytearray(value.encode() if isinstance(value, str) else value)


def bronze(spark: SparkSession, of: Contract) -> list[Row]:
    """All bronze rows in order of their position, after a run."""
    build.build(spark, of)
    return read.table(spark, of, Zone.BRONZE).orderBy("_offset").collect()


def reasons(spark: SparkSession, of: Contract, *values: Value) -> list[list[str]]:
    """The reasons of each value, landed and typed."""
    land(spark, of, values)
    return [row["_reasons"] for row in bronze(spark, of)]


def turn(schema_id: int = 1, magic: bytes = b"\x00", **fields: object) -> bytes:
    """A message in the Confluent wire format."""
    schema = fastavro.parse_schema(json.loads(schema_path("ai-interactions", 1).read_text()))
    body = io.BytesIO()
    fastavro.schemaless_writer(body, schema, {**TURN, **fields})
    return magic + schema_id.to_bytes(4, "big") + body.getvalue()
