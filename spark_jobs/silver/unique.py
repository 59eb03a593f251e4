"""A source whose columns reach silver as they are: accepted bronze rows → the first landed of each key."""

from pyspark.sql import DataFrame

from lake_layout.contracts import Contract
from spark_jobs.silver.first_landed import first_landed


def transform(rows: DataFrame, of: Contract) -> DataFrame:
    """Rows of `of`, one per key."""
    return first_landed(rows, of.key)
