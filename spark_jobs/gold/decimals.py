"""Whole numbers of a small unit ↔ decimals of the unit people read, and quotients, without a double on the way."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def thousandths(name: str) -> Column:
    """Millimetres as metres, calories as kilocalories."""
    return F.expr(f"cast({name} AS decimal(17,0)) * 0.001BD")


def in_thousandths(value: str) -> Column:
    """Metres as millimetres, for exact sums; `value` in SQL."""
    return F.expr(f"cast(({value}) * 1000 AS bigint)")


def rounded_quotient(numerator: str, denominator: str) -> str:
    """SQL of the nearest whole number, half up; both in SQL, whole, none negative; null where the denominator is."""
    return f"((2 * ({numerator}) + ({denominator})) div (2 * ({denominator})))"


def rounded_signed_quotient(numerator: str, denominator: str) -> str:
    """The same where the numerator may be negative, half away from zero."""
    return f"(CASE WHEN {numerator} < 0 THEN -1 ELSE 1 END * {rounded_quotient(f'abs({numerator})', denominator)})"


def quotient_in_hundredths(numerator: str, denominator: str) -> Column:
    """Rounded half away from zero; both in SQL, whole numbers, the denominator above zero."""
    whole = rounded_signed_quotient(f"100 * ({numerator})", denominator)
    return F.expr(f"cast({whole} AS decimal(10,0)) * 0.01BD")
