"""Whole numbers, rounded half up, of what is not negative; decimals are whole hundredths."""

import polars as pl


def rounded(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Null where there is nothing to divide by."""
    return pl.when(denominator > 0).then((2 * numerator + denominator) // (2 * denominator))


def hundredths(numerator: pl.Expr, denominator: pl.Expr, precision: int) -> pl.Expr:
    return (rounded(100 * numerator, denominator) / 100).cast(pl.Decimal(precision, 2))


def seconds(milliseconds: pl.Expr) -> pl.Expr:
    return (milliseconds + 500) // 1000
