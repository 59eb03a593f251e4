"""Whose device it was, and what the clocks of a user showed: the histories of people, joined as of an instant."""

import polars as pl

from benchmarks.kafka_to_marts import tables
from benchmarks.kafka_to_marts.polars_delta import lake
from lake_layout.contracts import Zone

_USERS, _DEVICES = tables.PEOPLE


class People:
    """Both histories, read once: `at` is the first instant of a period, `until` the first one after it."""

    def __init__(self) -> None:
        self._owners, self._zones = lake.once(_owners()), lake.once(_zones())

    def owned(self, rows: pl.LazyFrame, at: str) -> pl.LazyFrame:
        """With user and priority of each row's device, null where it is nobody's. Rows are in order of `at`."""
        return _as_of(rows, self._owners, "device_id", at, "user_id", "priority")

    def placed(self, rows: pl.LazyFrame, at: str, offset: str) -> pl.LazyFrame:
        """With `utc_offset_minutes`: the one of the event, else that of its user's time zone, else 0."""
        rows = lake.once(rows)
        known = rows.filter(pl.col(offset).is_not_null()).with_columns(utc_offset_minutes=offset)
        unknown = _as_of(rows.filter(pl.col(offset).is_null()).sort(at), self._zones, "user_id", at, "time_zone")
        assumed = unknown.group_by("time_zone").map_groups(
            lambda of_zone: _ahead_of_utc(of_zone, at), known.collect_schema()
        )
        return pl.concat([known, assumed])


def _owners() -> pl.LazyFrame:
    """Device → its users, each to the next one at the latest; of a period its newest version counts."""
    period = ["device_id", "owned_from"]
    history = lake.scan(_DEVICES, Zone.SILVER).sort(*period, "valid_from")
    newest = history.unique(period, keep="last", maintain_order=True)
    is_followed = pl.col("device_id") == pl.col("device_id").shift(-1)
    until = pl.min_horizontal("owned_to", pl.when(is_followed).then(pl.col("owned_from").shift(-1)))
    return newest.select("device_id", "user_id", "priority", at="owned_from", until=until).sort("at")


def _zones() -> pl.LazyFrame:
    history = lake.scan(_USERS, Zone.SILVER)
    return history.select("user_id", "time_zone", at="valid_from", until="valid_to").sort("at")


def _as_of(rows: pl.LazyFrame, history: pl.LazyFrame, of: str, at: str, *names: str) -> pl.LazyFrame:
    """With what the history of `of` says at that instant, null where it says nothing."""
    joined = rows.join_asof(history, left_on=at, right_on="at", by=of, coalesce=False, check_sortedness=False)
    holds = pl.col("until").is_null() | (pl.col(at) < pl.col("until"))
    return joined.with_columns(pl.when(holds).then(pl.col(*names))).drop("at", "until")


def _ahead_of_utc(rows: pl.DataFrame, at: str) -> pl.DataFrame:
    """Rows of one time zone, with what its clocks were ahead of UTC."""
    zone, utc = rows["time_zone"][0] or "UTC", pl.col(at)
    local = utc.dt.convert_time_zone(zone)
    ahead = local.dt.replace_time_zone(None) - utc.dt.replace_time_zone(None)
    return rows.drop("time_zone").with_columns(utc_offset_minutes=ahead.dt.total_minutes().cast(pl.Int32))
