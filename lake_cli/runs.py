"""The commands of Airflow's runs: `lake run daily_etl --from 2025-03-24 --to 2025-03-30`, `lake runs`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake_cli.screen import AsJson, err, out, print_json
from spark_jobs.arguments import DAY

if TYPE_CHECKING:
    from lake_cli.airflow_api import AirflowApi, Run

DAGS = "land_sources, daily_etl, weekly_analytics, search, docs, maintenance or backfill."
DagId = Annotated[str, typer.Argument(metavar="DAG", help=DAGS)]
From = Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First local date.")]
To = Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last local date, inclusive.")]
Unpause = Annotated[bool, typer.Option("--unpause", help="Switch the DAG's schedule on if it is paused.")]


def register(app: typer.Typer) -> None:
    for command in (run, runs):
        app.command()(command)


def run(
    dag: DagId,
    first: From = None,
    last: To = None,
    follow: Annotated[bool, typer.Option(help="Wait until the run is over and print its progress.")] = True,
    unpause: Unpause = False,
    as_json: AsJson = False,
) -> None:
    """Create one run of a DAG and follow it. Exit code 1 if it fails.

    A range is rebuilt at once and released with the run; `lake backfill` computes it aside and compares it first.
    """
    form = form_of(first, last)
    with _api() as api:
        _require(api, dag, form, unpause=unpause)
        done = _run_once(api, dag, form, follow=follow)
        if as_json:
            print_json(_record(api, done))
    if done.state == "failed":
        raise typer.Exit(1)


def runs(
    dag: Annotated[str | None, typer.Argument(metavar="[DAG]", help="One DAG; without it, all.")] = None,
    count: Annotated[int, typer.Option("--lines", "-n", min=1, max=100, help="How many of the newest runs.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest runs."""
    with _api() as api:
        found = api.runs(dag, count)
    if as_json:
        from dataclasses import asdict

        print_json([asdict(each) for each in found])
        return
    from rich.table import Table

    table = Table("dag", "type", "state", "dates", "seconds", "run", box=None)
    table.columns[-1].overflow = "fold"
    for each in found:
        seconds = str(each.seconds or "")
        table.add_row(each.dag_id, each.run_type, each.state, _dates(each), seconds, each.run_id)
    out.print(table)


def _api() -> "AirflowApi":
    from lake_cli.airflow_api import AirflowApi

    return AirflowApi()


def form_of(first: datetime | None, last: datetime | None) -> dict[str, str]:
    """The fields of the run's form. Raises ValueError for a range that cannot be meant."""
    if first is None and last is None:
        return {}
    if first is None or last is None:
        raise ValueError("give both --from and --to, or neither")
    begin, end = first.date(), last.date()
    if end < begin:
        raise ValueError(f"the range ends on {end}, before it begins on {begin}")
    # The first place on earth to begin a date does so 14 hours before UTC.
    newest = (datetime.now(UTC) + timedelta(hours=14)).date()
    if end > newest:
        raise ValueError(f"{end} has not begun anywhere yet; the newest date is {newest}")
    return {"from": begin.isoformat(), "to": end.isoformat()}


def _require(api: "AirflowApi", dag: str, form: Mapping[str, Any], *, unpause: bool) -> None:
    """Raises AirflowError: a run of this DAG with this form could not begin."""
    from lake_cli.airflow_api import AirflowError

    details = api.dag(dag, lambda: err.print(f"waiting for Airflow to read dags/{dag}.py", style="dim"))
    if "from" in form and "from" not in details["params"]:
        raise AirflowError(f"{dag} takes no dates: say it without --from and --to")
    if details["is_paused"] and unpause:
        api.unpause(dag)
    elif details["is_paused"]:
        raise AirflowError(f"{dag} is paused, so a run would wait for ever; say --unpause, or switch it on in the UI")


def _run_once(api: "AirflowApi", dag: str, form: Mapping[str, Any], *, follow: bool) -> "Run":
    from lake_cli import follow as following

    run_id = f"lake__{datetime.now(UTC):%Y-%m-%dT%H-%M-%S.%f}"
    created = api.trigger(dag, run_id, form)
    err.print(f"{dag}: {created.url}", markup=False)
    if not follow:
        return created
    try:
        ended = following.to_its_end(api, created)
    except KeyboardInterrupt:
        err.print(f"no longer followed; the run goes on: {created.url}", markup=False)
        raise
    err.print(f"{dag} {ended.state} after {ended.seconds} s", style="green" if ended.state == "success" else "red")
    return ended


def run_to_its_end(dag: str, form: Mapping[str, Any]) -> "Run":
    """Create a run and follow it. Raises AirflowError: it failed, or could not begin."""
    from lake_cli.airflow_api import AirflowError

    with _api() as api:
        _require(api, dag, form, unpause=True)
        ended = _run_once(api, dag, form, follow=True)
    if ended.state == "failed":
        raise AirflowError(f"{dag} failed, see above and {ended.url}; mend what it says, then run this command again")
    return ended


def _record(api: "AirflowApi", of: "Run") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(of), "url": of.url, "tasks": [asdict(task) for task in api.tasks(of)]}


def _dates(of: "Run") -> str:
    if of.dates:
        return " to ".join(of.dates)
    return of.interval[0][:16] if of.interval and of.run_type in ("scheduled", "backfill") else ""
