"""Text → the contract's types, and a reason for every text that is not of its type.

Spark's own casts take more than a source may send ("2025" as a date, "1d" as a number), so times and
numbers are held against a pattern first.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from expectations.row_rules import texts
from lake_layout import contracts

_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{2}:\d{2}:\d{2}(\.\d{1,9})?"
_OFFSET = r"[+-]([01]\d|2[0-3]):[0-5]\d"
_INSTANT = rf"^{_DATE}[Tt ]{_TIME}([Zz]|{_OFFSET})?$"
_NUMBER = r"^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$"
# Longer ones cost time without end (a million digits), and 1e-2000000000 is an exception even to `try_cast`.
_DECIMAL = r"^[+-]?\d{1,100}(\.\d{0,100})?([eE][+-]?\d{1,3})?$"
_WORDS = {"offset_timestamp": "timestamp"}
_SHOWN_CHARACTERS = 80
_NUL = "\u0000"


def typed(of: contracts.Column, text: Column) -> list[Column]:
    """The column as its table holds it, null where the text is not of the type; two for an `offset_timestamp`."""
    if of.type == "offset_timestamp":
        return [_instant(text).alias(of.name), _offset_minutes(text).alias(of.offset_name)]
    return [_value(of.type, text).alias(of.name)]


def _value(type_: str, text: Column) -> Column:
    if type_ == "string":
        return F.when(~F.contains(text, F.lit(_NUL)), text)
    if type_ == "timestamp":
        return _instant(text)
    if type_ == "date":
        return F.when(text.rlike(f"^{_DATE}$"), text.try_cast("date"))
    if type_ in ("double", "float"):
        number = text.try_cast(type_)
        return F.when(text.rlike(_NUMBER) & (F.abs(number) < float("inf")), number)
    if type_.startswith("decimal"):
        return F.when(text.rlike(_DECIMAL), text.try_cast(type_))
    return text.try_cast(type_)


def _instant(text: Column) -> Column:
    # RFC 3339 knows offsets up to 23:59, Java's zones end at 18:00: such an instant is its local time less the offset.
    local = F.left(text, F.length(text) - 6).try_cast("timestamp")
    beyond = local - F.make_dt_interval(F.lit(0), F.lit(0), _offset_minutes(text))
    return F.when(text.rlike(_INSTANT), F.coalesce(F.upper(text).try_cast("timestamp"), beyond))


def _offset_minutes(text: Column) -> Column:
    """Minutes east of UTC; null for `Z`, `-00:00` or none, which say that the offset is not known."""
    tail = F.right(text, F.lit(6))
    size = F.substring(tail, 2, 2).try_cast("int") * 60 + F.substring(tail, 5, 2).try_cast("int")
    sign = F.left(tail, F.lit(1))
    # The last six characters of a text without an offset are part of its time: `:03.12`, `-24 00`.
    known = text.rlike(_INSTANT) & (F.substring(tail, 4, 1) == ":") & (tail != "-00:00")
    return F.when(known & (sign == "+"), size).when(known & (sign == "-"), -size)


def reason(of: contracts.Column, text: Column) -> Column:
    """`array<string>`: why this column of a row is not what the contract says; empty where it is."""
    value = F.col(of.name)
    type_ = _WORDS.get(of.type, of.type)
    said: Column = F.lit(f"cannot_type: {of.name} is not {type_}")
    if not of.pii:
        said = F.concat(said, F.lit(": "), F.left(text, F.lit(_SHOWN_CHARACTERS)))
    result = F.when(text.isNotNull() & value.isNull(), texts(said))
    if of.required:
        # An empty text is as good as none where a value is needed.
        absent = text.isNull() | (F.trim(text) == "")
        result = F.when(absent, texts(F.lit(f"missing: {of.name}"))).when(value.isNull(), texts(said))
    return result.otherwise(texts())
