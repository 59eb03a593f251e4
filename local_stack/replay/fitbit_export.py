"""Reading a Fitbit export: a folder of CSV files → measurements with instants, in the zone of the people's clocks.

Rows that stand twice count once. The export knows days without clock times (totals, nights): each becomes one
interval that says so. Daily steps are told apart from the hourly ones so that no step counts twice.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

CLOCK = "%m/%d/%Y %I:%M:%S %p"
HOUR = timedelta(hours=1)
Row = dict[str, str]


@dataclass(frozen=True)
class Measurement:
    """One event to send. `start` and `end` know their UTC offset."""

    user_id: str
    metric: str
    unit: str
    value: float
    start: datetime
    end: datetime | None = None
    is_time_estimated: bool = False
    energy_type: str | None = None
    sleep_stage: str | None = None


def read_rows(folder: Path, pattern: str) -> Iterator[Row]:
    """The rows of the files of a name, in order, each once; blank lines are no rows."""
    seen = set()
    for path in sorted(folder.glob(pattern)):
        with path.open(newline="", encoding="utf-8-sig") as lines:
            for row in csv.DictReader(lines):
                content = tuple(row.values())
                if content not in seen:
                    seen.add(content)
                    yield row


class Clock:
    """The clock of the people of an export."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)

    def at(self, wall: datetime) -> datetime:
        """A time on the clock: the first of two where clocks were set back, moved on where it was skipped."""
        return wall.replace(tzinfo=self._zone).astimezone(UTC).astimezone(self._zone)

    def midnight(self, on: date) -> datetime:
        return self.at(datetime.combine(on, time()))

    def after(self, start: datetime, length: timedelta) -> datetime:
        """An instant by real time later, not by the clock."""
        return (start.astimezone(UTC) + length).astimezone(self._zone)

    def day(self, on: date) -> tuple[datetime, datetime]:
        return self.midnight(on), self.midnight(on + timedelta(days=1))


def measurements(folder: Path, time_zone: str) -> Iterator[Measurement]:
    """Everything in the export that becomes events."""
    clock = Clock(time_zone)
    yield from _steps(folder, clock)
    yield from _heart_rates(folder, clock)
    yield from _sleep(folder, clock)
    yield from _weights(folder, clock)
    for row in read_rows(folder, "dailyCalories*.csv"):
        day = clock.day(date.fromisoformat(row["ActivityDay"]))
        yield Measurement(row["Id"], "energy", "kcal", float(row["Calories"]), *day, True, energy_type="total")
    for row in read_rows(folder, "dailyActivity*.csv"):
        day = clock.day(date.fromisoformat(row["ActivityDate"]))
        yield Measurement(row["Id"], "distance", "km", float(row["TotalDistance"]), *day, True)


def _steps(folder: Path, clock: Clock) -> Iterator[Measurement]:
    """Hours as they are; of a day's total, what its hours do not hold, after the last of them.

    An export whose tracker did not set its clock has an hour that the zone skips: it joins the next one.
    """
    hours: dict[tuple[str, date], Counter[datetime]] = defaultdict(Counter)
    for row in read_rows(folder, "hourlySteps*.csv"):
        wall = datetime.strptime(row["ActivityHour"], CLOCK)
        hours[row["Id"], wall.date()][clock.at(wall)] += int(row["StepTotal"])
    for (user_id, _on), known in hours.items():
        for start, steps in known.items():
            yield Measurement(user_id, "steps", "count", steps, start, clock.after(start, HOUR))
    for row in read_rows(folder, "dailySteps*.csv"):
        on, total = date.fromisoformat(row["ActivityDay"]), int(row["StepTotal"])
        begin, end = clock.day(on)
        if counted := hours.get((row["Id"], on)):
            begin = clock.after(max(counted), HOUR)
            total -= counted.total()
        if total < 0:
            raise ValueError(f"{row['Id']} has more steps in the hours of {on} than in its total")
        if begin < end:
            yield Measurement(row["Id"], "steps", "count", total, begin, end, is_time_estimated=True)


def _heart_rates(folder: Path, clock: Clock) -> Iterator[Measurement]:
    for row in read_rows(folder, "heartrate_seconds*.csv"):
        at = clock.at(datetime.strptime(row["Time"], CLOCK))
        yield Measurement(row["Id"], "heart_rate", "bpm", int(row["Value"]), at)


def _sleep(folder: Path, clock: Clock) -> Iterator[Measurement]:
    """A night has a date and no clock times: it is put at the start of its date, asleep first, then awake."""
    for row in read_rows(folder, "sleepDay*.csv"):
        start = clock.midnight(date.fromisoformat(row["SleepDay"]))
        asleep = int(row["TotalMinutesAsleep"])
        for stage, minutes in (("asleep", asleep), ("awake", int(row["TotalTimeInBed"]) - asleep)):
            if minutes > 0:
                end = clock.after(start, timedelta(minutes=minutes))
                yield Measurement(row["Id"], "sleep", "min", minutes, start, end, True, sleep_stage=stage)
                start = end


def _weights(folder: Path, clock: Clock) -> Iterator[Measurement]:
    """`LogId` is the time of weighing, in milliseconds as if the clock had shown UTC; `Date` has no time."""
    for row in read_rows(folder, "weightLogInfo*.csv"):
        wall = datetime.fromtimestamp(int(row["LogId"]) / 1000, UTC).replace(tzinfo=None)
        yield Measurement(row["Id"], "weight", "kg", float(row["WeightKg"]), clock.at(wall))
