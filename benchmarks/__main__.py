"""`make bench`: our pipeline and its peers on the same events, one after another, with equal results.

Every run leaves a file below the home, so that a bench that was interrupted goes on where it stopped.
"""

import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from benchmarks import bench, page, results
from benchmarks import scale as paper
from benchmarks.workloads import WORKLOADS, Given
from lake_cli.screen import AsJson, err, out, print_json, progress

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_USUAL = [name for name, one in WORKLOADS.items() if not one.by_choice]
_NAMES = sorted({name for one in WORKLOADS.values() for name in one.contenders})
Size = Annotated[str, typer.Option(help="S (1 M events), M (10 M), L (50 M), or a number of events.")]
Chosen = Annotated[
    list[str] | None, typer.Option("--workload", help=f"Of {', '.join(WORKLOADS)}; none means {', '.join(_USUAL)}.")
]
Contenders = Annotated[list[str] | None, typer.Option("--contender", help=f"Of {', '.join(_NAMES)}; none means all.")]


@app.command()
def run(
    size: Size = "S",
    workloads: Chosen = None,
    contenders: Contenders = None,
    repeats: Annotated[
        int, typer.Option(min=0, help="Measured runs of each, after one to warm up; 0: that one counts.")
    ] = 3,
    seed: Annotated[int, typer.Option(help="Of the events.")] = 1,
    into: Annotated[Path, typer.Option(help="The folder of results and pages.")] = results.FOLDER,
) -> None:
    """Measure, and write the results and the page. A bench that was interrupted goes on where it stopped."""
    for chosen, known in ((workloads, list(WORKLOADS)), (contenders, _NAMES)):
        if unknown := set(chosen or ()) - set(known):
            raise typer.BadParameter(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    try:
        events = bench.events_of(size)
    except ValueError as error:
        raise typer.BadParameter(f"{size} is neither {', '.join(bench.SIZES)} nor a number") from error
    try:
        path, result = bench.run(events, seed, workloads or _USUAL, contenders or [], repeats, into, progress())
    except (bench.Unequal, subprocess.CalledProcessError) as error:
        err.print(str(error), markup=False)
        raise typer.Exit(1) from error
    for name, told in result["workloads"].items():
        head, rows = page.table(told)
        shown = Table(*head, title=f"{name}: {WORKLOADS[name].title}")
        for row in rows:
            shown.add_row(*row)
        out.print(shown)
        for words in page.grown(result, name):
            out.print(words, markup=False)
    out.print(f"{path}\n{path.with_suffix('.html')}", markup=False)


@app.command()
def check(
    old: Annotated[Path, typer.Argument(exists=True)],
    new: Annotated[Path, typer.Argument(exists=True)],
    peer: Annotated[str, typer.Option(help="The contender that both files hold ours against.")] = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Compare two result files. Exit code 1 if ours has become slower beyond noise."""
    try:
        found = results.regressions(json.loads(old.read_text()), json.loads(new.read_text()), peer)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        print_json(found)
    for words in found or ["no stage has become slower beyond noise"]:
        err.print(words, markup=False)
    raise typer.Exit(bool(found))


@app.command()
def scale(
    small: Annotated[Path, typer.Argument(exists=True)],
    large: Annotated[Path, typer.Argument(exists=True)],
    told: Annotated[Path | None, typer.Option(exists=True, help="A third result, which the model is held to.")] = None,
    users: Annotated[int, typer.Option(min=1)] = paper.Assumed.users,
    events_per_user: Annotated[int, typer.Option(min=1, help="A day.")] = paper.Assumed.events_per_user,
    window_hours: Annotated[float, typer.Option(min=0.1, help="In which a day is built.")] = paper.Assumed.window_hours,
    as_json: AsJson = False,
) -> None:
    """On paper: what a day of many users costs, from two results of different sizes."""
    first, second = (json.loads(path.read_text()) for path in (small, large))
    assumed = paper.Assumed(users=users, events_per_user=events_per_user, window_hours=window_hours)
    try:
        of_day = paper.day(first, second, assumed)
        held = paper.missed(first, second, json.loads(told.read_text())) if told else {}
        of_stages = {stage: asdict(cost) for stage, cost in paper.costs(first, second).items()}
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        print_json({"day": of_day, "stages": of_stages, "held": held})
        return
    shown = Table("stage", "fixed s", "s per million", *(("model s", "took s") if held else ()))
    for stage, cost in of_stages.items():
        shown.add_row(stage, f"{cost['fixed']:.1f}", f"{cost['each']:.2f}", *(f"{s:.1f}" for s in held.get(stage, ())))
    out.print(shown)
    for name, amount in of_day.items():
        out.print(f"{name.replace('_', ' ')}: {amount:,}", markup=False)


@app.command(hidden=True)
def one(workload: str, contender: str, events: int, people: Path, seed: int, result: Path) -> None:
    """One run, as `run` calls it."""
    from benchmarks import one_run

    one_run.run(WORKLOADS[workload].contender(contender), Given(events, people, seed), result)


if __name__ == "__main__":
    app()
