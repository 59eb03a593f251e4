"""`lake export`: rows of the current release as files for others."""

from datetime import datetime
from typing import Annotated

import typer

from lake_cli.screen import AsJson, out, print_json, working
from spark_jobs import arguments
from spark_jobs.arguments import DAY
from spark_jobs.export.manifest import NAME, Format, Personal

ON = "Dates are those of the dataset's partition: local days, Mondays of weeks."


def register(app: typer.Typer) -> None:
    app.command()(export)


def export(
    dataset: Annotated[str, typer.Argument(help="Address, as health/daily_activity.")],
    first: Annotated[datetime | None, typer.Option("--from", formats=DAY, help=f"First date. {ON}")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last date, inclusive.")] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="Parquet keeps types; CSV is for everybody.")
    ] = Format.PARQUET,
    personal: Annotated[
        Personal, typer.Option(help="Ids of people as keyed hashes and no other personal column; or drop or keep all.")
    ] = Personal.HASH,
    partner: Annotated[
        str | None, typer.Option(help="Who may fetch it from `lake api serve`; without one nobody may.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a dataset of the current release to files, one for each date, and a manifest that says what they are.

    The same export of the same release is made once. A folder without its manifest is not finished.
    """
    of = arguments.dataset(dataset)
    span = arguments.dates(first, last)
    from dataclasses import asdict

    from spark_jobs.export import job

    with working(f"Writing {of.address}"):
        uri, told = job.run(job.Wanted(of, *span, format_, personal, partner))
    if as_json:
        return print_json({"folder": uri, **asdict(told)})
    size = sum(file.size_bytes for file in told.files)
    out.print(f"{told.rows:,} rows of release {told.release_id} in {len(told.files)} files, {size:,} bytes")
    out.print(f"{uri}/{NAME}", highlight=False)
