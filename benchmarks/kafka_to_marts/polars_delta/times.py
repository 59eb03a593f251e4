"""Instants, their offsets from UTC, and the days on a wrist."""

import polars as pl


def instant(written: pl.Expr) -> pl.Expr:
    """Null where the text is no instant; one without an offset is in UTC."""
    known = written.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False, cache=False)
    others = pl.when(known.is_null()).then(written).str
    local = others.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False, cache=False)
    return pl.coalesce(known, local.dt.replace_time_zone("UTC"))


def offset_minutes(written: pl.Expr) -> pl.Expr:
    """The offset that an instant was written with; null where it has none."""
    end = written.str.tail(6)
    sign, hours, minutes = end.str.head(1), end.str.slice(1, 2), end.str.tail(2)
    size = hours.cast(pl.Int32, strict=False) * 60 + minutes.cast(pl.Int32, strict=False)
    is_known = (end.str.slice(3, 1) == ":") & (end != "-00:00")
    return pl.when(is_known & (sign == "+")).then(size).when(is_known & (sign == "-")).then(-size)


def local_date(at: pl.Expr) -> pl.Expr:
    """The day on the wrist, where clocks are `utc_offset_minutes` ahead."""
    return (at + pl.duration(minutes="utc_offset_minutes")).dt.date()


def milliseconds(at: str) -> pl.Expr:
    return pl.col(at).dt.epoch("ms")
