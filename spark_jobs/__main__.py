"""The jobs' command line: `python -m spark_jobs land | bronze | gate | silver | gold | verify | release …`.

How a job ends, and its exit codes: `ending`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import typer

from lake_layout.contracts import Zone, contract
from lake_layout.periods import Period
from spark_jobs import arguments
from spark_jobs.arguments import DAY
from spark_jobs.ending import run_job as _run
from spark_jobs.halt import Halt

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Kind = Literal["kafka_log", "snapshot", "files"]
Addresses = Annotated[list[str] | None, typer.Argument(help="Dataset addresses; none means all.")]
First = Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First local date to rebuild.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last local date to rebuild.")]
Published = Annotated[int | None, typer.Option("--backfill", min=1, help="Number of a staged backfill to publish.")]
Week = Annotated[datetime | None, typer.Option(formats=DAY, help="A day of the week; none means the newest.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")]
AirflowRun = Annotated[str, typer.Option("--run", help="Id of the run of Airflow that it belongs to.")]


@app.command()
def land(
    addresses: Addresses = None,
    kind: Annotated[Kind | None, typer.Option(help="Land origins of this kind only.")] = None,
) -> None:
    """Origins → raw: what is new since the last run."""
    chosen = _checked(addresses)
    from spark_jobs.raw import land as job

    _run(lambda: job.run(kind, chosen))


@app.command()
def bronze(addresses: Addresses = None) -> None:
    """Raw → bronze: what is new in raw, typed or in quarantine."""
    chosen = _checked(addresses)
    from spark_jobs.bronze import run as job

    _run(lambda: job.run(chosen))


@app.command()
def gate(
    zone: Zone,
    addresses: Addresses = None,
    let_through: Annotated[str | None, typer.Option(help="Why the halted batches of one address may pass.")] = None,
) -> None:
    """Hold what is new in a zone against its expectations."""
    chosen = _checked(addresses)
    if let_through is not None and len(chosen) != 1:
        raise typer.BadParameter("--let-through needs exactly one address")
    from expectations.gate import NotEvaluated
    from spark_jobs import gate as job
    from spark_jobs.release import log

    def look() -> Mapping[str, Any]:
        with log.gate(f"gate_{zone}", stops=(Halt, NotEvaluated)):
            return job.run(zone, chosen)

    _run(look if let_through is None else lambda: job.let_through(zone, chosen[0], let_through))


@app.command()
def docs(of: Literal["data", "dbt"]) -> None:
    """Pages to look things up: Great Expectations about the newest batches, or dbt about its models."""
    from spark_jobs import data_docs
    from spark_jobs.release import dbt

    _run(data_docs.run if of == "data" else dbt.docs)


@app.command()
def silver(addresses: Addresses = None, first: First = None, last: Last = None, backfill: Published = None) -> None:
    """Bronze → silver: what is new and the dates it affects, or exactly a range of dates."""
    _build(Zone.SILVER, addresses, first, last, backfill)


@app.command()
def gold(
    addresses: Addresses = None,
    first: First = None,
    last: Last = None,
    backfill: Published = None,
    period: Annotated[Period | None, typer.Option(help="Only tables that are computed by this period.")] = None,
) -> None:
    """Silver → gold: what is new and the dates it affects, or exactly a range of dates."""
    _build(Zone.GOLD, addresses, first, last, backfill, period)


@app.command()
def ledger(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read all that the logs of the lake tell anew.")] = False,
) -> None:
    """Delta logs → the run ledger in both warehouses: which batch read and wrote what."""
    from spark_jobs.ledger import update as job

    _run(lambda: job.run(rebuild=rebuild))


@app.command()
def verify(
    first: First = None,
    last: Last = None,
    recent: Annotated[bool, typer.Option("--recent", help="Look at what the newest commits touched only.")] = False,
) -> None:
    """Look for what is lost or there twice, from the origins to gold; a release proves what its warehouses hold."""
    span = arguments.span(first, last)
    from spark_jobs.release import log
    from spark_jobs.verify import run as job
    from spark_jobs.verify.recomputed import Sample
    from spark_jobs.verify.scope import Scope

    def look() -> dict[str, int]:
        found = []
        for one in job.run(Scope.RECENT if recent else Scope.EVERYTHING, Sample(1, span=span), lake_only=True):
            print(f"{one.verdict}: {one.check}: {one.dataset}: {one.words}", flush=True)
            found.append(one)
        with log.gate("verify", stops=(Halt,)):
            return job.require_good(found)

    _run(look)


@app.command()
def release(backfill: Published = None) -> None:
    """The newest versions of the lake's tables → both warehouses, built, tested, proven and switched to as one."""
    from spark_jobs.backfill import life
    from spark_jobs.release import job

    def made() -> Mapping[str, Any]:
        summary = job.run()
        if backfill is not None:
            life.published(backfill, summary["release"])
        return summary

    _run(made)


@app.command()
def search() -> None:
    """The current release → an index that its readers search, behind one alias."""
    from spark_jobs.search import job

    _run(job.run)


@app.command()
def report(week: Week = None) -> None:
    """The current release → the report of a week, one HTML file."""
    from spark_jobs.report import job

    _run(lambda: job.run(week.date() if week else None))


@app.command()
def begin_backfill(run: AirflowRun, dataset: Annotated[str, typer.Option()], first: First, last: Last) -> None:
    """Plan a backfill and give it its number: the dataset's dates, and all that is made from them."""
    span = arguments.span(first, last)
    _checked([dataset])
    if span is None:
        raise typer.BadParameter("a backfill needs --from and --to")
    from spark_jobs.backfill import life

    _run(lambda: life.begin(run, dataset, *span))


@app.command()
def stage_backfill(step: Literal["silver", "gold", "compare"], run: AirflowRun) -> None:
    """Compute the rows of a begun backfill aside, zone by zone; then hold them against the tables."""
    from spark_jobs.backfill import life

    _run(lambda: life.step(run, step))


@app.command()
def maintenance(addresses: Addresses = None, dry_run: DryRun = False) -> None:
    """Merge small files, then delete those that neither a newest version nor a kept release needs any longer."""
    chosen = _checked(addresses)
    from spark_jobs.maintenance import job

    _run(lambda: job.run(chosen, dry_run=dry_run))


@app.command()
def replay(
    addresses: Addresses = None,
    rule: Annotated[str | None, typer.Option(help="Only records that broke this rule.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Quarantine → bronze: open records, judged again by the contract and rules of now."""
    chosen = _checked(addresses)
    if computed := [address for address in chosen if Zone.BRONZE not in contract(address).zones]:
        raise typer.BadParameter(f"{', '.join(computed)}: silver judges its rows whenever their date is rebuilt")
    from spark_jobs.quarantine import replay as job

    _run(lambda: job.run(chosen, rule, dry_run=dry_run))


@app.command()
def discard(
    address: str,
    reason: Annotated[str, typer.Option(help="Why nobody will need them.")],
    ids: Annotated[list[str] | None, typer.Argument(help="Records, as `lake quarantine list` prints them.")] = None,
    rule: Annotated[str | None, typer.Option(help="All open records that broke this rule, instead of ids.")] = None,
) -> None:
    """Give records of the quarantine up, for a reason that is kept."""
    _checked([address])
    if bool(ids) == bool(rule):
        raise typer.BadParameter("name records by their ids, or all of a rule with --rule")
    from spark_jobs.quarantine import discards as job

    _run(lambda: job.run(address, ids or [], rule, reason))


def _build(
    zone: Zone,
    addresses: list[str] | None,
    first: datetime | None,
    last: datetime | None,
    backfill: int | None,
    period: Period | None = None,
) -> None:
    begin, end = arguments.span(first, last) or (None, None)
    chosen = _checked(addresses)
    if backfill is not None and (begin or chosen):
        raise typer.BadParameter("--backfill publishes all of it: give neither dates nor addresses")
    from spark_jobs import build as job
    from spark_jobs.backfill import life

    _run(lambda: job.run(zone, chosen, begin, end, life.to_publish(backfill, zone) if backfill else {}, period))


def _checked(addresses: list[str] | None) -> list[str]:
    for address in addresses or []:
        arguments.dataset(address)
    return addresses or []


if __name__ == "__main__":
    app()
