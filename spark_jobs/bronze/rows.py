"""Decoded records → bronze rows, accepted and rejected alike, in one pass.

`_fields` → typed columns → reasons of typing and of the row rules → `_status`, `_event_date`, `_is_late`.
"""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from expectations import row_rules
from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs.bronze import typing_rules
from spark_jobs.bronze.fields import FIELDS, UNREADABLE

# No source is older, and a clock that was never set starts in 1970.
FIRST_DATE = date(1980, 1, 1)
_DAYS_AHEAD = 2
_LATE_SECONDS = 3600
_POSITION = tuple(column.name for column in tables.POSITION)


def bronze_rows(decoded: DataFrame, of: Contract, batch: int) -> DataFrame:
    """One row for each decoded record, with exactly the columns of the bronze table."""
    typed = _typed(decoded, of)
    judged = typed.withColumn("_reasons", _reasons(of))
    rejected = F.size("_reasons") > 0
    day = _event_day(of)
    dated = F.when(_is_absurd(day), _landing_day()).otherwise(F.coalesce(day, _landing_day()))
    finished = judged.withColumns(
        {
            "_event_date": dated,
            "_batch": F.lit(batch).cast("bigint"),
            "_status": F.when(rejected, tables.REJECTED).otherwise(tables.ACCEPTED),
            "_is_late": _is_late(of),
            "_payload": F.when(rejected, F.col("_value")),
        }
    )
    return finished.select(*(column.name for column in tables.columns(of, Zone.BRONZE)))


def _typed(decoded: DataFrame, of: Contract) -> DataFrame:
    columns = [one for column in of.columns for one in typing_rules.typed(column, _text(column.name))]
    return decoded.select(*_POSITION, "_value", FIELDS, UNREADABLE, *columns)


def _text(name: str) -> Column:
    return F.col(FIELDS).getField(name)


def _reasons(of: Contract) -> Column:
    typing = (typing_rules.reason(column, _text(column.name)) for column in of.columns)
    readable = F.concat(*typing, row_rules.reasons(of.address, Zone.BRONZE))
    told = F.when(F.col(UNREADABLE).isNotNull(), row_rules.texts(F.col(UNREADABLE))).otherwise(readable)
    return F.concat(told, _absurd_day(of))


def _event_day(of: Contract) -> Column:
    """The UTC date of the event; null where it has none or none that can be read."""
    return F.col(of.event_time).cast("date") if of.event_time else F.lit(None).cast("date")


def _landing_day() -> Column:
    return F.col("_logged_at").cast("date")


def _is_absurd(day: Column) -> Column:
    """Dates that no event can have would each make a partition of their own."""
    outside = (day < F.lit(FIRST_DATE)) | (day > F.date_add(_landing_day(), _DAYS_AHEAD))
    return F.coalesce(outside, F.lit(False))


def _absurd_day(of: Contract) -> Column:
    """`array<string>`: the reason of a date that no event can have."""
    day = _event_day(of)
    words = f"impossible_date: {of.event_time} is before {FIRST_DATE} or more than {_DAYS_AHEAD} days ahead: "
    said = row_rules.texts(F.concat(F.lit(words), day.cast("string")))
    return F.when(_is_absurd(day), said).otherwise(row_rules.texts())


def _is_late(of: Contract) -> Column:
    names = {column.name: column.type for column in of.columns}
    if of.event_time is None or "sent_at" not in names or names[of.event_time] == "date":
        return F.lit(False)
    delay = F.unix_millis("sent_at") - F.unix_millis(of.event_time)
    return F.coalesce(delay > _LATE_SECONDS * 1000, F.lit(False))
