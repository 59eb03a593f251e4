"""The commands that bring data to the sources: `lake simulate`, `lake send`, `lake replay fitbit` and `… workouts`."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from lake_cli.screen import bar, interruptible, out
from spark_jobs.arguments import DAY


def register(app: typer.Typer) -> None:
    for command in (simulate, send):
        app.command()(command)
    replays = typer.Typer(help="Send real exports as the same events that devices send.", no_args_is_help=True)
    replays.command()(fitbit)
    replays.command()(workouts)
    app.add_typer(replays, name="replay")


def simulate(
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="First date, as 2025-03-24.")],
    last: Annotated[datetime, typer.Option("--to", formats=DAY, help="Last date, inclusive.")],
    users: Annotated[int, typer.Option(min=1, max=99_999, help="How many people there are.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same lives.")] = 7,
    faults: Annotated[
        bool, typer.Option("--faults", help="Duplicates, late and broken records, wrong clocks.")
    ] = False,
    only_missing: Annotated[bool, typer.Option("--only-missing", help="Skip dates that were sent before.")] = False,
    truth: Annotated[bool, typer.Option(help="Afterwards compute what every mart must contain.")] = True,
) -> None:
    """Invent lives and send them to the sources.

    Events go to Kafka, rows to the application database, files to the inbox.

    A date is the same whether it is simulated alone or in a range, once or again. For databases that are read
    once a day, simulate one date and land it, then the next. Needs Kafka and Postgres (`lake up kafka postgres`).
    What the marts must contain afterwards stands in `<home>/truth/`, what was sent in its manifest.json.
    """
    from lake_layout.profile import profile
    from local_stack.simulator.manifest import Manifest
    from local_stack.simulator.simulate import simulate_date, write_truth

    if last < first:
        raise typer.BadParameter("--to lies before --from")
    manifest = Manifest(profile().home / "truth", seed, users, faults)
    for on in _dates(first.date(), last.date()):
        if only_missing and on in manifest.dates:
            out.print(f"{on}  sent before")
            continue
        with (
            interruptible(f"{on} was sent in part: simulate it again, what is sent twice counts once."),
            bar(f"Simulating {on}") as progress,
        ):
            sent = simulate_date(manifest, on, progress)
        out.print(f"{on}  {sent:,} events")
    if truth:
        rows = write_truth(manifest)
        out.print("truth  " + ", ".join(f"{name} {count:,}" for name, count in rows.items()))


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def send(
    topic: Annotated[str, typer.Argument(help="Topic of a contract; `lake up kafka` makes it.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A message in each line.")],
) -> None:
    """Send the lines of a file to a topic as they are, good or bad, in order. Needs Kafka (`lake up kafka`)."""
    from itertools import islice

    from local_stack import event_log, kafka
    from local_stack.simulator.messages import Parcel

    if topic not in (known := kafka.wanted_topics()):
        raise typer.BadParameter(f"no contract has a topic {topic}; those that are: {', '.join(sorted(known))}")
    event_log.ready()
    with file.open("rb") as lines:
        texts = (line.rstrip(b"\r\n") for line in lines)
        # So many at a time, that a long file never waits as a whole in the producer.
        parts = iter(lambda: list(islice(texts, 10_000)), [])
        sent = event_log.send(Parcel(topic, "", part) for part in parts)
    out.print(f"{sent:,} messages sent to {topic}")


def fitbit(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder with the CSV files of the export.")
    ],
    time_zone: Annotated[str, typer.Option(help="Time zone of the people's clocks, as Europe/Berlin.")],
) -> None:
    """Send a Fitbit export: steps, heart rate, sleep, weight, calories and distance, and the people and their trackers.

    The export's clock times have no zone, so it must be given. Sending it again adds nothing to silver: every
    event's id follows from what it measures. Needs Kafka and Postgres (`lake up kafka postgres`).
    """
    from local_stack.replay.fitbit import replay

    with bar("Sending the export") as progress:
        counts = replay(folder, time_zone, progress)
    for kind, count in counts.items():
        out.print(f"{kind:<20}{count:>10,}")


def workouts(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder with .fit, .tcx or .gpx files.")],
    user: Annotated[str, typer.Option(help="Whose workouts they are, as the application knows the user.")],
    time_zone: Annotated[
        str, typer.Option(help="Time zone of that user; most FIT files tell their own clock.")
    ] = "UTC",
) -> None:
    """Send recorded workouts: what the recorder saw instant by instant, its laps and its pauses.

    A workout that several files hold is sent once, from the file that knows most of it: FIT, then TCX, then GPX.
    Sending it again adds nothing to silver. Needs Kafka and Postgres (`lake up kafka postgres`).
    """
    from local_stack.replay.workouts import replay

    with bar("Sending workouts") as progress:
        sent = replay(folder, user, time_zone, progress)
    for one in sent:
        others = f", also in {', '.join(one.others)}" if one.others else ""
        out.print(f"{one.started_at:%Y-%m-%d %H:%M:%S} UTC  {one.activity_type:<12}{one.file}{others}", highlight=False)
