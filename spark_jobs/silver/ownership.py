"""Who wore a device at an instant: versions of ownership rows → periods → owner and rank of a reading.

The newest known version of an ownership counts for all of its time, even if it was deleted since.
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.silver.local_time import FOREVER


def ownership_periods(devices: DataFrame) -> DataFrame:
    """One row per device and period: device_id, user_id, priority, from_at, to_at; periods never overlap."""
    known = F.max_by(F.struct("user_id", "priority", "owned_to"), "valid_from")
    newest = devices.groupBy("device_id", "owned_from").agg(known.alias("known"))
    forever = F.lit(FOREVER).cast("timestamp")
    # An ownership that was never ended ends where the next one begins.
    following = F.lead("owned_from").over(Window.partitionBy("device_id").orderBy("owned_from"))
    until = F.least(F.coalesce("known.owned_to", forever), F.coalesce(following, forever))
    return newest.select(
        "device_id", "known.user_id", "known.priority", F.col("owned_from").alias("from_at"), until.alias("to_at")
    )


def with_owner(rows: DataFrame, devices: DataFrame, at: str) -> DataFrame:
    """Add `user_id` and `priority` (the device's rank), null while nobody is known to own the device."""
    owners = ownership_periods(devices).select(
        F.col("device_id").alias("_owned_device"),
        "user_id",
        "priority",
        F.col("from_at").alias("_owned_from"),
        F.col("to_at").alias("_owned_to"),
    )
    owned = (F.col(at) >= F.col("_owned_from")) & (F.col(at) < F.col("_owned_to"))
    joined = rows.join(owners, (F.col("device_id") == F.col("_owned_device")) & owned, "left")
    return joined.select(*rows.columns, "user_id", "priority")
