"""When a history says something else than it did at an older batch: versions → spans of dates by key.

Each dimension is first turned into the periods that readings are joined to (who owned the device, which
time zone the user lived in), so that a change of a city or a model restates nothing. Goals are turned into the dates
on which they count; they make rows of their own, whether anything else happened on these dates or not.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake_layout.contracts import Contract
from spark_jobs.silver.goal_periods import goal_periods
from spark_jobs.silver.local_time import zone_periods
from spark_jobs.silver.ownership import ownership_periods

Stretch = tuple[int, int, Hashable]
"""First second, last second (exclusive), and what is said of that time."""

_ONE_DAY = timedelta(days=1)
_FIRST_SECOND, _LAST_SECOND = (int(datetime(*day, tzinfo=UTC).timestamp()) for day in ((1, 1, 1), (9999, 12, 31)))


def spans(history: DataFrame, of: Contract, after: int) -> list[tuple[str, date, date]]:
    """Key, first and last date of the times of which batch `after` knew something else."""
    dimension = _DIMENSIONS[of.address]
    old, new = dimension.periods(_as_of(history, after)), dimension.periods(history)
    key = of.key[0]
    unlike = old.exceptAll(new).unionByName(new.exceptAll(old)).select(key).distinct()
    sides: tuple[dict[str, list[Stretch]], dict[str, list[Stretch]]] = (defaultdict(list), defaultdict(list))
    for side, frame in zip(sides, (old, new), strict=True):
        for row in _in_seconds(frame.join(unlike, key, "left_semi"), key).collect():
            side[row[key]].append((row["_from"], row["_to"], tuple(row["_said"])))
    found = []
    for one in sorted(sides[0].keys() | sides[1].keys()):
        found += [(one, *dimension.dates(*stretch)) for stretch in differing(sides[0][one], sides[1][one])]
    return found


def makes_rows(of: Contract) -> bool:
    """Whether it makes rows of a table on dates of which nothing else is known of its keys."""
    return _DIMENSIONS[of.address].makes_rows


def differing(old: Sequence[Stretch], new: Sequence[Stretch]) -> list[tuple[int, int]]:
    """The stretches of time of which the two say different things."""
    instants = sorted({instant for stretch in (*old, *new) for instant in stretch[:2]})
    return [
        (begins, ends)
        for begins, ends in zip(instants, instants[1:], strict=False)
        if _said_at(old, begins) != _said_at(new, begins)
    ]


def widened(begins: int, ends: int) -> tuple[date, date]:
    """The UTC dates of a stretch of time and a day more at both ends, as far as there are dates."""
    return max(as_date(begins), date.min + _ONE_DAY) - _ONE_DAY, min(as_date(ends), date.max - _ONE_DAY) + _ONE_DAY


def exact(begins: int, ends: int) -> tuple[date, date]:
    """The dates of a stretch of time that was made of dates."""
    return as_date(begins), as_date(ends) - _ONE_DAY


def as_date(seconds: int) -> date:
    """UTC date of seconds of the epoch; the first or last date there is for what lies beyond the years 1 to 9999."""
    return datetime.fromtimestamp(min(max(seconds, _FIRST_SECOND), _LAST_SECOND), tz=UTC).date()


def _said_at(stretches: Sequence[Stretch], instant: int) -> Hashable | None:
    return next((said for begins, ends, said in stretches if begins <= instant < ends), None)


def _as_of(history: DataFrame, batch: int) -> DataFrame:
    was_closed = F.col("_closed_batch") <= batch
    known = history.where(F.col("_batch") <= batch)
    return known.withColumn("valid_to", F.when(was_closed, F.col("valid_to")))


def _in_seconds(periods: DataFrame, key: str) -> DataFrame:
    said = F.struct(*(name for name in periods.columns if name not in (key, "from_at", "to_at")))
    return periods.select(
        key, F.unix_seconds("from_at").alias("_from"), F.unix_seconds("to_at").alias("_to"), said.alias("_said")
    )


def _user_periods(users: DataFrame) -> DataFrame:
    """What tables take from users: their time zone, and the traits that heart and metabolism go by."""
    return zone_periods(users, "birth_year", "sex", "height_cm")


def _goal_periods(goals: DataFrame) -> DataFrame:
    """Their dates as the midnights, in UTC, at which they begin."""
    found = goal_periods(goals).withColumnsRenamed({"first_date": "from_at", "end_date": "to_at"})
    return found.withColumns({name: F.col(name).cast("timestamp") for name in ("from_at", "to_at")})


@dataclass(frozen=True)
class _Dimension:
    """How its versions become periods, a stretch of time dates, and whether it makes rows of its own."""

    periods: Callable[[DataFrame], DataFrame]
    dates: Callable[[int, int], tuple[date, date]] = widened
    makes_rows: bool = False


_DIMENSIONS = {
    "app_db/devices": _Dimension(ownership_periods),
    "app_db/goals": _Dimension(_goal_periods, exact, makes_rows=True),
    "app_db/users": _Dimension(_user_periods),
}
