"""Events as JSON text → fields, strictly: exactly one JSON object, or a reason.

`from_json` stops reading where its value ends. So the text is put into an array before an end mark:
what is not one whole value then breaks the array, or moves the mark from its place.
"""

import uuid
from collections.abc import Callable, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake_layout.contracts import Contract
from spark_jobs.bronze.fields import FIELDS, NOT_UTF8, TOMBSTONE, UNREADABLE, all_source_names, struct_of, text_of
from spark_jobs.commits import Commit

NOT_JSON = "not_json: the text is not one JSON object"
_END = "_end"
_STRICT = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}


def decode(raw: DataFrame, of: Contract, _commits: Sequence[Commit]) -> DataFrame:
    """Adds `_fields` and `_unreadable`; of a key sent twice the last value counts, as in most readers."""
    value, parsed, text = F.col("_value"), F.col("_parsed"), text_of(F.col("_value"))
    expression, is_object = parse(text, of)
    # The text goes no further: each projection copies what it hands on.
    frame = raw.withColumns({"_parsed": expression, "_is_text": text.isNotNull()})
    unreadable = (
        F.when(value.isNull(), TOMBSTONE)
        .when(~F.col("_is_text"), NOT_UTF8)
        .when(~is_object(parsed), NOT_JSON)
        .otherwise(nested(text, parsed, of))
    )
    fields = F.when(is_object(parsed), fields_of(parsed, of))
    return frame.withColumns({UNREADABLE: unreadable, FIELDS: fields}).drop("_parsed", "_is_text")


def parse(text: Column, of: Contract) -> tuple[Column, Callable[[Column], Column]]:
    """The parsing expression, and the test whether its result came from one whole JSON object."""
    names = ", ".join(f"`{name}` string" for name in (*all_source_names(of), _END))
    # Nobody can send a mark that is made for this run.
    mark = uuid.uuid4().hex
    framed = F.concat(F.lit("["), text, F.lit(f',{{"{_END}":"{mark}"}}]'))

    def is_object(parsed: Column) -> Column:
        marked = F.get(parsed, F.lit(1)).getField(_END) == mark
        return F.coalesce((F.size(parsed) == 2) & marked & F.get(parsed, F.lit(0)).isNotNull(), F.lit(False))

    return F.from_json(framed, f"array<struct<{names}>>", _STRICT), is_object


def fields_of(parsed: Column, of: Contract) -> Column:
    """`_fields` out of a parsed text; the parsed object itself where no column has another name."""
    first = F.get(parsed, F.lit(0))
    return struct_of(of, first.getField) if any(column.source_names for column in of.columns) else first


def nested(text: Column, parsed: Column, of: Contract) -> Column:
    """The reason of a text column that holds an object or a list, which arrive as their JSON text.

    A text that looks like one is read a second time to tell the two apart.
    """
    first = F.get(parsed, F.lit(0))
    reasons = []
    for column in of.columns:
        if column.type != "string":
            continue
        name = (column.source_names or (column.name,))[0]
        value = F.call_function("try_variant_get", F.try_parse_json(text), F.lit(f"$.{name}"))
        # One that is too large for the second reading is no plain text for sure: that it can hold.
        is_other = F.coalesce(F.schema_of_variant(value) != "STRING", F.lit(True))
        # Never null, or a record that lacks the field would be read a second time, too.
        may_be = F.coalesce(F.left(first.getField(name), F.lit(1)).isin("{", "["), F.lit(False))
        is_nested = may_be & is_other
        reasons.append(F.when(is_nested, f"cannot_type: {column.name} is not string: it is an object or a list"))
    return F.coalesce(*reasons, F.lit(None).cast("string"))
