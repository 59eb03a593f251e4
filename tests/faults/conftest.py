"""What tests of faults share."""

from tests.spark_jobs.small_tables import table  # noqa: F401 (fixture)
