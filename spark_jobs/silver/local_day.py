"""Events whose columns reach silver as they are: accepted bronze rows → first landed of each key, on its local day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake_layout.contracts import EVENT_DATE, Contract
from spark_jobs.silver.first_landed import first_landed
from spark_jobs.silver.local_time import local_date, with_offset


def transform(rows: DataFrame, users: DataFrame, of: Contract) -> DataFrame:
    """Rows of `of`, one per key, with the date and offset of the user's wrist."""
    at = of.column(str(of.event_time))
    local = with_offset(first_landed(rows, of.key), users, at.name, at.offset_name)
    return local.withColumn(EVENT_DATE, local_date(F.col(at.name), F.col("utc_offset_minutes")))
