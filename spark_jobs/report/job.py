"""The report of a week: current release → figures → plots → one HTML file. Without Spark.

`<lake>/reports/<ISO week>.html`, made anew by each run. Alone: `python -m spark_jobs report [--week 2025-03-24]`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lake_layout.contracts import Contract, Zone, in_order
from lake_layout.periods import Period, first_day
from lake_layout.profile import profile
from spark_jobs import commits, storage
from spark_jobs.release import log
from spark_jobs.report import figures, plots
from spark_jobs.report.figures import Figures

Rows = list[tuple[Any, ...]]
_PEOPLE = ("active", "in the app", "with others")


def run(week: date | None = None) -> dict[str, Any]:
    """Write the report of the week that holds a day, by default of the newest whole one and of those just rebuilt.

    Raises LookupError: nothing is released yet.
    """
    found = log.read()
    if found.current is None:
        raise LookupError("nothing is released yet: `lake run daily_etl` makes the first release")
    pins = found.pins(found.current)
    mondays = [first_day(Period.WEEK, week)] if week else _fresh(figures.whole_weeks(pins))
    written = [_write(figures.of_week(pins, monday), f"{monday:%G-W%V}", found.current) for monday in mondays]
    return {"release": found.current, "reports": written}


def _fresh(weeks: list[date]) -> list[date]:
    """Of whole weeks the newest one, and those that the last run of tables of weeks has rebuilt."""
    rebuilt = {day for of in in_order(Zone.GOLD) if of.period is Period.WEEK for day in _dates(of)}
    return [monday for monday in weeks if monday in rebuilt or monday == weeks[-1]]


def _dates(of: Contract) -> tuple[date, ...]:
    newest = commits.newest(of, Zone.GOLD)
    return newest.dates if newest else ()


def _write(told: Figures, name: str, release_id: int) -> str:
    """Put the page into the lake; its address."""
    uri = f"{profile().lake.root}/reports/{name}.html"
    system, path = storage.open_folder(uri)
    system.create_dir(path.rpartition("/")[0], recursive=True)
    with system.open_output_stream(path) as stream:
        stream.write(page(told, name, release_id).encode())
    return uri


def page(told: Figures, name: str, release_id: int) -> str:
    """The HTML, whole in itself."""
    folder = FileSystemLoader(Path(__file__).parent)
    site = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    site.globals.update(number=_number)
    return site.get_template("page.html").render(
        name=name,
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
