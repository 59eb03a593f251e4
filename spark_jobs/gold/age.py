"""How old somebody is in the year of a date, by the year of birth."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_OLDEST = 1900


def age(on: str) -> Column:
    """Years from `birth_year` to that of the date; null where whatever stands there is no year of birth."""
    year = F.year(on)
    return year - F.when(F.col("birth_year").between(_OLDEST, year), F.col("birth_year"))
