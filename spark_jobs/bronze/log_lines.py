"""Application log lines → fields: JSON objects, or `<time> <LEVEL> <service> [name=value …] <message>`."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake_layout.contracts import Contract
from spark_jobs.bronze import json_text
from spark_jobs.bronze.fields import FIELDS, NOT_UTF8, TOMBSTONE, UNREADABLE, struct_of, text_of
from spark_jobs.commits import Commit

NOT_LOG = "not_log: the line is neither a JSON object nor `<time> <LEVEL> <service> …`"
# Possessive (`*+`): a loop instead of a recursion, so that a line of 100,000 pairs leaves the stack as it is.
_LINE = r"^(\d{4}-\d{2}-\d{2}[T ]\S+) ([A-Z]+) (\S+) ?((?:[a-z_]+=\S+ )*+)(.*)$"
_GROUPS = {"logged_at": 1, "level": 2, "service": 3, "message": 5}
_PAIRS = 4


def decode(raw: DataFrame, of: Contract, _commits: Sequence[Commit]) -> DataFrame:
    """Adds `_fields` and `_unreadable`."""
    value, text, parsed = F.col("_value"), F.col("_text"), F.col("_parsed")
    expression, is_object = json_text.parse(text, of)
    frame = raw.withColumn("_text", text_of(value)).withColumn("_parsed", expression)
    frame = frame.withColumn("_is_object", is_object(parsed)).withColumn("_is_line", text.rlike(_LINE))
    unreadable = (
        F.when(value.isNull(), TOMBSTONE)
        .when(text.isNull(), NOT_UTF8)
        .when(F.col("_is_object"), json_text.nested(text, parsed, of))
        .when(~F.col("_is_line"), NOT_LOG)
    )
    from_json = struct_of(of, F.get(parsed, F.lit(0)).getField)
    fields = F.when(F.col("_is_object"), from_json).when(F.col("_is_line"), struct_of(of, _from_line))
    return frame.withColumn(UNREADABLE, unreadable).withColumn(FIELDS, fields).drop("_text", "_parsed", "_is_object")


def _from_line(name: str) -> Column:
    """A part of a plain line; null where the line does not have it."""
    if name in _GROUPS:
        part = F.regexp_extract("_text", _LINE, _GROUPS[name])
    else:
        part = F.regexp_extract(F.regexp_extract("_text", _LINE, _PAIRS), rf"\b{name}=(\S+) ", 1)
    return F.nullif(part, F.lit(""))
