"""When a history says something else than it did at an older batch: versions → spans of dates by key.

Each dimension is first turned into the periods that readings are joined to (who owned the device, which
time zone the user lived in), so that a change of a city or a model restates nothing.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake_layout.contracts import Contract
from spark_jobs.silver.local_time import zone_periods
from spark_jobs.silver.ownership import ownership_periods

Period = tuple[int, int, Hashable]
"""First second, last second (exclusive), and what is said of that time."""


def _user_periods(users: DataFrame) -> DataFrame:
    """Time zone and year of birth, which are what tables take from users."""
    return zone_periods(users, "birth_year")


_PERIODS = {"app_db/devices": ownership_periods, "app_db/users": _user_periods}
_ONE_DAY = timedelta(days=1)
_FIRST_SECOND, _LAST_SECOND = (int(datetime(*day, tzinfo=UTC).timestamp()) for day in ((1, 1, 1), (9999, 12, 31)))


def spans(history: DataFrame, of: Contract, after: int) -> list[tuple[str, date, date]]:
    """Key, first and last date (UTC, widened by a day) of the times of which batch `after` knew something else."""
    periods = _PERIODS[of.address]
    old, new = periods(_as_of(history, after)), periods(history)
    key = of.key[0]
    unlike = old.exceptAll(new).unionByName(new.exceptAll(old)).select(key).distinct()
    sides: tuple[dict[str, list[Period]], dict[str, list[Period]]] = (defaultdict(list), defaultdict(list))
    for side, frame in zip(sides, (old, new), strict=True):
        for row in _in_seconds(frame.join(unlike, key, "left_semi"), key).collect():
            side[row[key]].append((row["_from"], row["_to"], tuple(row["_said"])))
    found = []
    for one in sorted(sides[0].keys() | sides[1].keys()):
        found += [(one, *widened(*stretch)) for stretch in differing(sides[0][one], sides[1][one])]
    return found


def differing(old: Sequence[Period], new: Sequence[Period]) -> list[tuple[int, int]]:
    """The stretches of time of which the two say different things."""
    instants = sorted({instant for period in (*old, *new) for instant in period[:2]})
    return [
        (begins, ends)
        for begins, ends in zip(instants, instants[1:], strict=False)
        if _said_at(old, begins) != _said_at(new, begins)
    ]


def widened(begins: int, ends: int) -> tuple[date, date]:
    """The UTC dates of a stretch of time and a day more at both ends, as far as there are dates."""
    return max(as_date(begins), date.min + _ONE_DAY) - _ONE_DAY, min(as_date(ends), date.max - _ONE_DAY) + _ONE_DAY


def as_date(seconds: int) -> date:
    """UTC date of seconds of the epoch; the first or last date there is for what lies beyond the years 1 to 9999."""
    return datetime.fromtimestamp(min(max(seconds, _FIRST_SECOND), _LAST_SECOND), tz=UTC).date()


def _said_at(periods: Sequence[Period], instant: int) -> Hashable | None:
    return next((said for begins, ends, said in periods if begins <= instant < ends), None)


def _as_of(history: DataFrame, batch: int) -> DataFrame:
    was_closed = F.col("_closed_batch") <= batch
    known = history.where(F.col("_batch") <= batch)
    return known.withColumn("valid_to", F.when(was_closed, F.col("valid_to")))


def _in_seconds(periods: DataFrame, key: str) -> DataFrame:
    said = F.struct(*(name for name in periods.columns if name not in (key, "from_at", "to_at")))
    return periods.select(
        key, F.unix_seconds("from_at").alias("_from"), F.unix_seconds("to_at").alias("_to"), said.alias("_said")
    )
