"""Whole numbers of a small unit → decimals of the unit people read, without a double on the way."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def thousandths(name: str) -> Column:
    """Millimetres as metres, calories as kilocalories."""
    return F.expr(f"cast({name} AS decimal(17,0)) * 0.001BD")


def quotient_in_hundredths(numerator: str, denominator: str) -> Column:
    """Rounded half away from zero; both in SQL, whole numbers, the denominator above zero."""
    size = f"(200 * abs({numerator}) + {denominator}) div (2 * {denominator})"
    return F.expr(f"cast(CASE WHEN {numerator} < 0 THEN -1 ELSE 1 END * ({size}) AS decimal(10,0)) * 0.01BD")
