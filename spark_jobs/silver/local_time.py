"""The day on the user's wrist: instants with or without an offset + users' time zones → offset and local date.

The event's own offset counts; else that of the user's time zone valid at that instant; else UTC.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

FOREVER = "9999-12-31 00:00:00"


def local_time(at: Column, offset_minutes: Column) -> Column:
    """The wall clock at an instant, kept as a timestamp as if it were UTC."""
    return F.timestamp_micros(F.unix_micros(at) + offset_minutes.cast("bigint") * 60_000_000)


def local_date(at: Column, offset_minutes: Column) -> Column:
    return local_time(at, offset_minutes).cast("date")


def monday(day: str) -> Column:
    """The first day of the ISO week of a date."""
    return F.trunc(day, "week").alias("week_start_date")


def zone_periods(users: DataFrame, *more: str) -> DataFrame:
    """When which time zone was a user's: user_id, time_zone, `more` columns, from_at, to_at (exclusive)."""
    until = F.coalesce("valid_to", F.lit(FOREVER).cast("timestamp"))
    return users.select("user_id", "time_zone", *more, F.col("valid_from").alias("from_at"), until.alias("to_at"))


def with_offset(rows: DataFrame, users: DataFrame, at: str, own_offset: str) -> DataFrame:
    """Add `utc_offset_minutes` and `is_offset_assumed`; needs the columns `user_id`, `at` and `own_offset`."""
    zones = zone_periods(users).select(
        F.col("user_id").alias("_zone_user"),
        F.col("time_zone").alias("_zone"),
        F.col("from_at").alias("_zone_from"),
        F.col("to_at").alias("_zone_to"),
    )
    # Null where the offset is known, so that those rows match nothing and cost nothing.
    asks = F.when(F.col(own_offset).isNull(), F.col("user_id"))
    valid = (F.col(at) >= F.col("_zone_from")) & (F.col(at) < F.col("_zone_to"))
    joined = rows.join(zones, (asks == F.col("_zone_user")) & valid, "left")
    offset = F.coalesce(F.col(own_offset), _zone_offset(at), F.lit(0))
    return joined.select(
        *rows.columns,
        offset.cast("int").alias("utc_offset_minutes"),
        F.col(own_offset).isNull().alias("is_offset_assumed"),
    )


def with_user_of_day(days: DataFrame, users: DataFrame, day: str, *more: str) -> DataFrame:
    """Add `time_zone` and `more` of the user, as known at noon UTC of the date `day`; null where nothing is."""
    known = zone_periods(users, *more).withColumnRenamed("user_id", "_known_user")
    noon = F.col(day).cast("timestamp") + F.expr("INTERVAL 12 HOURS")
    valid = (noon >= F.col("from_at")) & (noon < F.col("to_at"))
    joined = days.join(known, (F.col("user_id") == F.col("_known_user")) & valid, "left")
    return joined.select(*days.columns, "time_zone", *more)


def _zone_offset(at: str) -> Column:
    ahead = F.unix_seconds(F.from_utc_timestamp(F.col(at), F.col("_zone"))) - F.unix_seconds(F.col(at))
    return F.when(F.col("_zone").isNotNull(), F.floor(ahead / 60))
