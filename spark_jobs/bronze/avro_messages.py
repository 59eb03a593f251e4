"""Avro in the Confluent wire format → fields: `0x00`, schema id (4 bytes, big endian), body.

The writer's schemas are the files of `lake_layout/schemas/<topic>/`; a message of an unknown schema is
quarantined, and raw keeps its bytes.
"""

import json
from collections.abc import Sequence
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.avro.functions import from_avro

from lake_layout import schemas
from lake_layout.contracts import Contract, KafkaLog
from spark_jobs.bronze.fields import FIELDS, TOMBSTONE, UNREADABLE, no_fields, source_names
from spark_jobs.commits import Commit

_MAGIC = "00"
_HEADER_BYTES = 5
_PERMISSIVE = {"mode": "PERMISSIVE"}


def decode(raw: DataFrame, of: Contract, _commits: Sequence[Commit]) -> DataFrame:
    """Adds `_fields` and `_unreadable`."""
    assert isinstance(of.origin, KafkaLog)
    value, parsed = F.col("_value"), F.col("_parsed")
    known = _schemas(of.origin.topic)
    is_framed = (F.length(value) >= _HEADER_BYTES) & (F.hex(F.substring(value, 1, 1)) == _MAGIC)
    schema_id = F.when(is_framed, F.conv(F.hex(F.substring(value, 2, 4)), 16, 10).cast("bigint"))
    frame = raw.withColumn("_schema_id", schema_id).withColumn("_parsed", _parse(of, known))
    unreadable = (
        F.when(value.isNull(), TOMBSTONE)
        .when(F.col("_schema_id").isNull(), "not_avro: no magic byte and schema id of the Confluent wire format")
        .when(
            ~F.col("_schema_id").isin(*known),
            F.concat(F.lit("unknown_schema: id "), F.col("_schema_id").cast("string")),
        )
        .when(
            _is_empty(parsed, of),
            F.concat(F.lit("not_avro: body is not of schema "), F.col("_schema_id").cast("string")),
        )
    )
    return frame.withColumn(UNREADABLE, unreadable).withColumn(FIELDS, parsed).drop("_schema_id", "_parsed")


def _schemas(topic: str) -> dict[int, str]:
    """Schema id → schema, of all that ever wrote to the topic."""
    folder = schemas.schema_path(topic, 1).parent
    return {int(path.stem): path.read_text() for path in sorted(folder.glob("*.avsc"))}


def _parse(of: Contract, known: dict[int, str]) -> Column:
    """The fields by the schema that each message names; null for an unknown one."""
    body = F.expr(f"substring(_value, {_HEADER_BYTES + 1})")
    result = no_fields(of)
    for schema_id, schema in known.items():
        record = from_avro(body, schema, _PERMISSIVE)
        # A function over a list evaluates the record once, however many fields are taken from it.
        fields = F.get(F.transform(F.array(record), partial(_texts, of, schema)), F.lit(0))
        result = F.when(F.col("_schema_id") == schema_id, fields).otherwise(result)
    return result


def _texts(of: Contract, schema: str, record: Column) -> Column:
    """All fields as text, so that one set of typing rules holds for every format."""
    present = {field["name"] for field in json.loads(schema)["fields"]}
    texts = []
    for column in of.columns:
        name = next((name for name in source_names(column) if name in present), None)
        value = record.getField(name).cast("string") if name else F.lit(None).cast("string")
        texts.append(value.alias(column.name))
    return F.struct(*texts)


def _is_empty(parsed: Column, of: Contract) -> Column:
    """What does not follow its schema comes as a record of nulls."""
    return F.coalesce(*(parsed.getField(column.name) for column in of.columns)).isNull()
