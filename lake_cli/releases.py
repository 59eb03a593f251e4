"""`lake releases` and `lake rollback`: what the warehouses show, what they showed, and why a release did not come."""

from typing import TYPE_CHECKING, Annotated

import typer

from lake_cli.screen import err, out, print_json

if TYPE_CHECKING:
    from spark_jobs.release.history import Release


def register(app: typer.Typer) -> None:
    app.command()(releases)
    app.command()(rollback)


def releases(
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest lines.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs: with the versions, too.")] = False,
) -> None:
    """The newest releases: which one is shown, which is kept, and which gate kept one from being shown."""
    from dataclasses import asdict

    from spark_jobs.release import history, log

    found = history.releases(log.read())[:limit]
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        err.print("nothing has been released yet: lake run daily_etl")
    for one in found:
        _print(one)


def rollback(
    to: Annotated[int | None, typer.Option("--to", min=1, help="A release that is kept; else the one before.")] = None,
) -> None:
    """Show the release before in both warehouses, and search it. The next run of daily_etl goes forward again.

    A second rollback shows the newer one again.
    """
    from lake_layout.profile import profile
    from spark_jobs.release import switch

    with err.status("switching …"):
        shown = switch.rollback(to)
    err.print(f"release {shown} is shown", style="green")
    if profile().search.url:
        _search_too()


def _search_too() -> None:
    """The warehouses have switched, so what fails here is told and no error: done again, they would switch back."""
    from spark_jobs.halt import Halt
    from spark_jobs.search import job

    try:
        with err.status("switching the search …"):
            job.run()
    except (ConnectionError, PermissionError, Halt) as error:
        err.print(f"The search still shows another release: {error}", style="yellow", markup=False)
        err.print("Then: lake run search", style="yellow")


def _print(one: "Release") -> None:
    from rich.text import Text

    styles = {"current": "bold green", "previous": "green", "failed": "bold red", "staged": "yellow"}
    number = "-" if one.release_id is None else str(one.release_id)
    why = f"  {one.gate}: {one.words.splitlines()[0]}" if one.gate and one.words else ""
    state = (f"{one.state:<12}", styles.get(one.state, "dim"))
    out.print(Text.assemble(f"{number:>5}  {one.at:%Y-%m-%d %H:%M:%S}  ", state, why))
    for line in (one.words or "").splitlines()[1:]:
        out.print(Text(f"{'':>28}{line}"))
