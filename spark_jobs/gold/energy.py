"""Energy by local day: pieces that never overlap → active, basal and total of each user and date."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

KINDS = ("active", "basal", "total")


def told(energies: DataFrame) -> DataFrame:
    """`active_cal`, `basal_cal` and `total_cal` by user and `activity_date`, null where no device told it.

    Rows of unknown owners are left out.
    """
    sums = {kind: F.sum(F.when(F.col("energy_type") == kind, F.col("energy_cal"))) for kind in KINDS}
    known = energies.where(F.col("user_id").isNotNull())
    return known.groupBy("user_id", F.col("event_date").alias("activity_date")).agg(
        *(total.alias(f"{kind}_cal") for kind, total in sums.items())
    )


def with_total(days: DataFrame) -> DataFrame:
    """A total that was not told is the sum of the parts that were."""
    parts = F.coalesce("active_cal", F.lit(0)) + F.coalesce("basal_cal", F.lit(0))
    has_parts = F.col("active_cal").isNotNull() | F.col("basal_cal").isNotNull()
    return days.withColumn("total_cal", F.coalesce("total_cal", F.when(has_parts, parts)))
