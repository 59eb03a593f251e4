"""A source whose columns reach silver as they are: accepted bronze rows → the first landed of each key."""

from pyspark.sql import DataFrame

from lake_layout.contracts import EVENT_DATE, Contract
from spark_jobs.silver.first_landed import first_landed


def transform(rows: DataFrame, of: Contract) -> DataFrame:
    """Rows of `of`, one per key, with the UTC date of the event where they have no date of their own."""
    found = first_landed(rows, of.key)
    return found.withColumn(EVENT_DATE, found["_event_date"]) if of.dates_events else found
