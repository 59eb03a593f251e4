"""`lake demo`: eight days of life from the sources to a BI query, and where to look next.

The stack comes up → each day is simulated and landed → one ranged `daily_etl` → a few answers from the marts.
What was done stays done: a second demo, or one after an interruption, goes on from there.
"""

from datetime import date, timedelta
from typing import Annotated

import typer

from lake_cli.screen import bar, err, interruptible, out

# A week, on whose Sunday Europe changes its clocks, and the Monday that ends the month.
FIRST, LAST = date(2025, 3, 24), date(2025, 3, 31)

# What a newcomer would ask first; each runs as the read-only role.
QUESTIONS = {
    "Steps by day": """
        select activity_date, uniqExact(user_id) as people, sum(steps) as all_steps, round(avg(steps)) as mean_steps
        from marts.fct_daily_activity
        where activity_date between {first:Date} and {last:Date}
        group by activity_date order by activity_date""",
    "Sleep by day of the week": """
        select toDayOfWeek(sleep_date) as weekday, round(avg(minutes_asleep)) as mean_minutes_asleep,
            round(avg(efficiency), 3) as mean_efficiency
        from marts.fct_nightly_sleep
        where sleep_date between {first:Date} and {last:Date} and minutes_in_bed > 0
        group by weekday order by weekday""",
    "Heart rate": """
        select sum(reading_count) as readings, min(min_bpm) as lowest, max(max_bpm) as highest
        from marts.fct_heart_rate_5m""",
}


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    users: Annotated[int, typer.Option(min=1, max=99_999, help="How many people live these days.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same lives.")] = 7,
) -> None:
    """Simulate eight days and fill both warehouses. Ends with answers from the marts."""
    go_on = "What was done stays done: run it again, and it goes on from here."
    with interruptible(go_on):
        try:
            _days_to_answers(users, seed)
        except Exception as error:
            error.add_note(go_on)
            raise


def _days_to_answers(users: int, seed: int) -> None:
    from lake_cli import stack

    err.rule("1 of 4  The stack comes up", align="left")
    stack.start([])
    err.rule("2 of 4  Eight days are lived and landed", align="left")
    _live_and_land(users, seed)
    err.rule("3 of 4  raw to marts", align="left")
    _run("daily_etl", FIRST, LAST)
    err.rule("4 of 4  Answers from the marts", align="left")
    _answer()
    _where_to_look()


def _live_and_land(users: int, seed: int) -> None:
    """One day, its landing, the next day: snapshots see the database as it was on each of them."""
    from lake_layout.profile import profile
    from local_stack.simulator.manifest import Manifest
    from local_stack.simulator.simulate import simulate_date, write_truth

    manifest = Manifest(profile().home / "truth", seed, users, False)
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    lived = [day for day in days if day in manifest.dates]
    if lived:
        # An interruption may have come after a day was lived and before it landed; landing again adds nothing.
        out.print(f"{lived[0]} to {lived[-1]}  lived before")
        _run("land_sources")
    for day in days:
        if day not in lived:
            with bar(f"Simulating {day}") as progress:
                sent = simulate_date(manifest, day, progress)
            out.print(f"{day}  {sent:,} events")
            _run("land_sources")
    write_truth(manifest)


def _run(dag: str, first: date | None = None, last: date | None = None) -> None:
    from lake_cli import runs

    form = {"from": first.isoformat(), "to": last.isoformat()} if first and last else {}
    runs.run_to_its_end(dag, form)


def _answer() -> None:
    from rich.table import Table

    from lake_cli import reader

    for title, sql in QUESTIONS.items():
        answer = reader.clickhouse(sql, {"first": FIRST, "last": LAST})
        table = Table(*answer.names, title=title, title_justify="left", box=None)
        for row in answer.rows:
            table.add_row(*(f"{value:,}" if isinstance(value, int | float) else str(value) for value in row))
        out.print(table)
        out.print()


def _where_to_look() -> None:
    from lake_layout.profile import REPOSITORY, profile

    settings = profile()
    guides = REPOSITORY / "docs" / "guides"
    out.print("Where to look next", style="bold")
    for what, where in {
        "Shell": "source .venv/bin/activate, then lake --help",
        "Airflow": f"{settings.airflow_url}  user {settings.airflow.user}, password: lake env",
        "ClickHouse": f"{settings.clickhouse_url}  database marts, reader's password: lake env",
        "Postgres": f"{settings.postgres.host}:{settings.postgres.port}  schema reporting, reader's DSN: lake env",
        "Weeks, months": "weekly_analytics makes them now, and a report: lake runs weekly_analytics",
        "Dashboards": "make bi",
        "Data Docs": f"lake run docs, then {settings.home / 'data_docs' / 'index.html'}",
        "Guides": guides,
        "Stop it all": "make down",
    }.items():
        out.print(f"  {what:<15}{where}", markup=False)
