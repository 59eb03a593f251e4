"""A week costs the same at the end of a quarter as nearer its beginning, in rows read and in time."""

import time
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from lake_layout.periods import Period
from spark_jobs import build, commits, write

MONDAY, PEOPLE = date(2025, 1, 6), 50
DAYS = contract("health/daily_activity")
WEEKLY = ("fitness/weekly_progress", "fitness/performance_trends")
# The longest look back of a table of weeks: from then on each week has as much before it as any other.
SETTLED = 8
# How many weeks come at once: after those of the look back one, one more, two, and the last of the quarter.
RUNS = (SETTLED, 1, 1, 2, 1)


@pytest.fixture
def quarter(spark: SparkSession, lake: Path) -> list[tuple[int, float]]:
    """Of each run: rows that its builds read, and their seconds."""
    costs, mondays = [], iter(MONDAY + timedelta(weeks=number) for number in range(sum(RUNS)))
    for weeks in RUNS:
        _live(spark, [monday + timedelta(days=day) for monday in islice(mondays, weeks) for day in range(7)])
        begun = time.monotonic()
        told = build.run(Zone.GOLD, period=Period.WEEK)
        seconds = time.monotonic() - begun
        assert all(told[address]["rows"] for address in WEEKLY)
        newest = [commits.newest(contract(address), Zone.GOLD) for address in WEEKLY]
        costs.append((sum(one.row_count or 0 for commit in newest if commit for one in commit.read), seconds))
    return costs


def _live(spark: SparkSession, days: list[date]) -> None:
    """Every person's activity of these days, as `daily_etl` leaves it in gold."""
    names = [column.name for column in tables.columns(DAYS, Zone.GOLD)]
    known = {"active_minutes": 30, "steps": 8000}
    rows = [
        tuple({**known, "user_id": f"user {who}", "activity_date": day}.get(name) for name in names)
        for day in days
        for who in range(PEOPLE)
    ]
    frame = spark.createDataFrame(rows, tables.ddl(tables.columns(DAYS, Zone.GOLD)))
    write.replace_dates(frame, DAYS, Zone.GOLD, days, commits.progress(DAYS, Zone.GOLD).plan({}, days))


def test_a_week_costs_no_more_at_the_end_of_a_quarter(
    quarter: list[tuple[int, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    rows, seconds = zip(*quarter, strict=True)
    ratio = 2 * seconds[-1] / (seconds[1] + seconds[2])
    with capsys.disabled():
        print(f"\nrows read by runs of {RUNS} weeks: {rows}; seconds, last week / weeks nine and ten: {ratio:.2f}")
    assert rows[-1] == rows[2] == rows[1] > 0
    assert rows[1] < rows[3] < 2 * rows[1]
