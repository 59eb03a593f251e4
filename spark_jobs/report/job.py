"""The report of a week: current release → figures → plots → one HTML file. Without Spark.

Each run writes the newest week, and those of which a number has moved (`pages`). Alone: `python -m spark_jobs report
[--week 2025-03-24]`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lake_layout.periods import Period, first_day
from spark_jobs.release import log
from spark_jobs.report import figures, pages, plots
from spark_jobs.report.figures import Figures

Rows = list[tuple[Any, ...]]
_PEOPLE = ("active", "in the app", "with others")


def run(week: date | None = None) -> dict[str, Any]:
    """Write the report of the week that holds a day, by default of the newest whole one and of those that moved.

    Raises LookupError: nothing is released yet.
    """
    found = log.read()
    if found.current is None:
        raise LookupError("nothing is released yet: `lake run daily_etl` makes the first release")
    pins = found.pins(found.current)
    mondays = [first_day(Period.WEEK, week)] if week else pages.due(figures.whole_weeks(pins), pins)
    written = [pages.put(monday, page(figures.of_week(pins, monday), found.current)) for monday in mondays]
    if week is None:
        pages.note(pins)
    return {"release": found.current, "reports": written}


def page(told: Figures, release_id: int) -> str:
    """The HTML, whole in itself."""
    folder = FileSystemLoader(Path(__file__).parent)
    site = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    site.globals.update(number=_number)
    return site.get_template("page.html").render(
        name=pages.name(told.week),
        release_id=release_id,
        first=told.week,
        last=told.week + timedelta(days=6),
        fewest=figures.FEWEST,
        headlines=told.headlines,
        plots=[(title, caption, Markup(svg)) for title, caption, svg in _plots(told)],
        lists=_lists(told),
    )


def _plots(told: Figures) -> list[tuple[str, str, str]]:
    """Title, caption and SVG of what there is to plot."""
    active = "Active: used the app or did something with others."
    around = "The mark is the median person, the bar the half of people around it."
    by_hour = "Mean of a person's day, by the hour on the wrist."
    drawn: list[tuple[str, str, Rows, Callable[[Rows], str]]] = [
        ("People by day", active, told.people_by_day, lambda rows: plots.lines(rows, _PEOPLE)),
        ("Steps by day", around, told.steps_by_day, lambda rows: plots.spread(rows, "steps")),
        ("Sleep by night", around, told.sleep_by_day, lambda rows: plots.spread(rows, "hours asleep")),
        ("Steps by hour", by_hour, told.steps_by_hour, lambda rows: plots.bars(rows, "steps")),
    ]
    return [(title, caption, draw(rows)) for title, caption, rows, draw in drawn if rows]


def _lists(told: Figures) -> list[tuple[str, str, tuple[str, ...], list[tuple[Any, ...]]]]:
    load = "Load: minutes in each heart-rate zone times the zone's number."
    return [
        ("Workouts", load, ("type", "workouts", "minutes", "load"), told.workouts_by_type),
        ("What people ask the coach", "Stars: 1 to 5.", ("about", "conversations", "stars"), told.talks_by_intent),
    ]


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}"
