"""The numbers of a week, told of groups and never of a person: gold of one release → figures, by DuckDB.

All queries see the versions that the release names. A group of fewer than `FEWEST` people is not told of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.periods import Period, first_day
from spark_jobs import storage
from spark_jobs.publish import delta
from spark_jobs.release.log import Pinned

FEWEST = 5
DATASETS = {
    "days": "health/daily_activity",
    "hours": "health/hourly_steps",
    "nights": "health/nightly_sleep",
    "people": "social/engagement_daily",
    "workouts": "fitness/workout_intensity",
    "talks": "ai_coach/conversation_quality_daily",
}
_WEEKS = "fitness/weekly_progress"


@dataclass(frozen=True)
class Headline:
    """A number of the week and of the week before; None where there is none."""

    name: str
    unit: str
    now: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        """As a share of the week before."""
        return (self.now - self.before) / self.before if self.now is not None and self.before else None


@dataclass(frozen=True)
class Figures:
    """`by_…` are rows of label and numbers, in order."""

    week: date
    headlines: tuple[Headline, ...]
    people_by_day: list[tuple[Any, ...]]
    steps_by_day: list[tuple[Any, ...]]
    steps_by_hour: list[tuple[Any, ...]]
    sleep_by_day: list[tuple[Any, ...]]
    workouts_by_type: list[tuple[Any, ...]]
    talks_by_intent: list[tuple[Any, ...]]


def _told(sql: str, people: str) -> str:
    """Null where it would tell of fewer than `FEWEST` people."""
    return f"case when {people} >= {FEWEST} then {sql} end"


def _mean(measured: str) -> str:
    """The mean of what was measured, if it was of enough people."""
    return _told(f"avg({measured})", f"count(distinct user_id) filter (({measured}) is not null)")


# A date of naps alone is no night, and without steps nobody counted active minutes: both stand there as 0.
_HOURS_ASLEEP = "case when minutes_in_bed > 0 then minutes_asleep / 60.0 end"
_ACTIVE_MINUTES = "case when steps is not null then active_minutes end"
# Name, unit, and an expression over the rows of a week.
_HEADLINES = (
    ("people active on a day", "", "people", _told("avg(daily_active_users)", "max(daily_active_users)")),
    ("steps a day", "", "days", _mean("steps")),
    ("active minutes a day", "min", "days", _mean(_ACTIVE_MINUTES)),
    ("sleep a night", "h", "nights", _mean(_HOURS_ASLEEP)),
    ("resting heart rate", "bpm", "days", _mean("resting_heart_rate_bpm")),
    ("workouts", "", "workouts", _told("count(*)", "count(distinct user_id)")),
    ("conversations with the coach", "", "talks", _told("sum(conversation_count)", "max(user_count)")),
)
_DAY = {"days": "activity_date", "nights": "sleep_date"}


def whole_weeks(pins: Iterable[Pinned]) -> list[date]:
    """The Mondays that the table of weeks holds, in order; before it has one, that of the newest day of activity.

    Raises LookupError: there is no activity at all.
    """
    if mondays := _dates(pins, _WEEKS):
        return sorted(mondays)
    days = _dates(pins, DATASETS["days"])
    if not days:
        raise LookupError("no day of activity has been released yet: `lake run daily_etl` makes a release")
    return [first_day(Period.WEEK, max(days))]


def _dates(pins: Iterable[Pinned], address: str) -> set[date]:
    of = contract(address)
    version = next((pin.lake_version for pin in pins if pin.dataset == address), None)
    table = delta.open_table(of, Zone.GOLD, version) if version is not None else None
    found = delta.files(table, of, Zone.GOLD) if table else []
    return {file.date for file in found if file.date and file.row_count}


def of_week(pins: Iterable[Pinned], week: date) -> Figures:
    """The figures of the week that begins on a Monday."""
    with duckdb.connect() as lake:
        for name, address in DATASETS.items():
            _show(lake, name, contract(address), pins)

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return lake.execute(sql, [week, week + timedelta(days=6)]).fetchall()

        return Figures(
            week=week,
            headlines=tuple(_headline(lake, week, *told) for told in _HEADLINES),
            people_by_day=rows(
                f"select event_date, daily_active_users, {_told('app_users', 'app_users')},"
                f" {_told('interacting_users', 'interacting_users')} from people"
                f" where event_date between ? and ? and daily_active_users >= {FEWEST} order by 1"
            ),
            steps_by_day=rows(_spread("days", "activity_date", "steps")),
            steps_by_hour=rows(
                # A day without steps in an hour counts as much there as any other.
                "with week as (select * from hours where event_date between ? and ?)"
                " select local_hour, sum(steps) / (select count(distinct (user_id, event_date)) from week)"
                f" from week group by 1 having count(distinct user_id) >= {FEWEST} order by 1"
            ),
            sleep_by_day=rows(_spread("nights", "sleep_date", _HOURS_ASLEEP)),
            workouts_by_type=rows(
                f"select coalesce(activity_type, 'other'), count(*), avg(moving_s) / 60, {_mean('load')} from workouts"
                f" where event_date between ? and ? group by 1 having count(distinct user_id) >= {FEWEST}"
                " order by 2 desc, 1"
            ),
            talks_by_intent=rows(
                # Of one person there may be several ratings, so that these are a few more than the people.
                f"select intent, sum(conversation_count),"
                f" {_told('sum(rating_avg * rating_count) / sum(rating_count)', 'sum(rating_count)')}"
                f" from talks where event_date between ? and ? group by 1 having max(user_count) >= {FEWEST}"
                " order by 2 desc, 1"
            ),
        )


def _spread(table: str, day: str, value: str) -> str:
    """Quartiles of a value by day."""
    return (
        f"select {day}, quantile_cont({value}, 0.25), quantile_cont({value}, 0.5), quantile_cont({value}, 0.75)"
        f" from {table} where {day} between ? and ? group by 1 having count({value}) >= {FEWEST} order by 1"
    )


def _headline(lake: duckdb.DuckDBPyConnection, week: date, name: str, unit: str, table: str, sql: str) -> Headline:
    day = _DAY.get(table, "event_date")

    def of(monday: date) -> float | None:
        span = [monday, monday + timedelta(days=6)]
        found = lake.execute(f"select {sql} from {table} where {day} between ? and ?", span).fetchone()
        return float(found[0]) if found and found[0] is not None else None

    return Headline(name, unit, of(week), of(week - timedelta(days=7)))


def _show(lake: duckdb.DuckDBPyConnection, name: str, of: Contract, pins: Iterable[Pinned]) -> None:
    """Give the dataset's rows a name in SQL; without a table it has no rows."""
    version = next((pin.lake_version for pin in pins if pin.dataset == of.address), None)
    table = delta.open_table(of, Zone.GOLD, version) if version is not None else None
    if table is None:
        types = ", ".join(f"{c.name} {'varchar' if c.type == 'string' else c.type}" for c in of.columns)
        lake.execute(f"create table {name} ({types})")
        return
    lake.register(name, storage.dataset(table, tables.path(of, Zone.GOLD)))
