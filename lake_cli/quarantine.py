"""`lake quarantine …`: rejected rows are looked at, explained, judged again or given up.

What reads needs no Spark. `show` and `explain` print personal values, the others none.
"""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake_cli import quarantine_screen as screen
from lake_cli.screen import AsJson, err, out, print_json, working
from spark_jobs import arguments
from spark_jobs.arguments import DAY

if TYPE_CHECKING:
    from lake_layout.contracts import Contract, Zone
    from spark_jobs.quarantine.records import Record, Wanted

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="A dataset, as app_db/users.")]
Addresses = Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS]…", help="Datasets; none means all.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="As `list` prints it; without the part after @ if that is enough.")
]
Rule = Annotated[str | None, typer.Option(help="Only records that broke this rule.")]
First = Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First event date (UTC in bronze).")]
Last = Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last event date, inclusive.")]
Discarded = Annotated[bool, typer.Option("--discarded", help="Records that were given up instead of open ones.")]


def register(app: typer.Typer) -> None:
    quarantine = typer.Typer(help="Rejected rows: why, and what then.", no_args_is_help=True)
    for command in (summary, list_, show, explain, replay, discard):
        quarantine.command(command.__name__.rstrip("_"))(command)
    app.add_typer(quarantine, name="quarantine")


def summary(
    addresses: Addresses = None,
    rule: Rule = None,
    first: First = None,
    last: Last = None,
    limit: Annotated[int, typer.Option(min=1, help="How many lines of each dataset.")] = 20,
    discarded: Discarded = False,
    as_json: AsJson = False,
) -> None:
    """Count rejected records by dataset and rule."""
    from spark_jobs.quarantine import records

    wanted = _wanted(rule, first, last, discarded)
    found = [one for of, zone in _tables(addresses) for one in records.summary(of, zone, wanted)[:limit]]
    if as_json:
        return print_json([asdict(one) for one in found])
    rows = [(o.zone, o.address, o.rule, o.words, f"{o.records:,}", f"{o.first} to {o.last}") for o in found]
    screen.as_table(["zone", "dataset", "rule", "why", "records", "event dates"], rows)


def list_(
    addresses: Addresses = None,
    rule: Rule = None,
    first: First = None,
    last: Last = None,
    limit: Annotated[int, typer.Option(min=1, help="How many records at most.")] = 50,
    discarded: Discarded = False,
    as_json: AsJson = False,
) -> None:
    """List rejected records, the newest of each dataset first, without what they say."""
    from spark_jobs.quarantine import records

    wanted = _wanted(rule, first, last, discarded)
    found: list[Record] = []
    for of, zone in _tables(addresses):
        found += records.find(of, zone, wanted, limit + 1 - len(found))
    if len(found) > limit:
        err.print(f"the first {limit}; for more: --limit, or narrow it", style="dim")
    if as_json:
        return print_json([asdict(one) for one in found[:limit]])
    names = ["zone", "dataset", "id", "event date", "why", *(["discarded"] if discarded else [])]
    screen.as_table(names, [screen.line(one, discarded=discarded) for one in found[:limit]])


def show(
    address: Address,
    id_: Id,
    full: Annotated[bool, typer.Option("--full", help="All of a long payload.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print one record: where it is from, why it was rejected, its values and its bytes as they came."""
    from spark_jobs.quarantine import records

    of = arguments.dataset(address)
    record = records.named(of, id_)
    row = records.content(of, record)
    payload = row.pop("_payload", None)
    values = {name: value for name, value in row.items() if not name.startswith("_")}
    if as_json:
        return print_json({**asdict(record), "values": values, "payload_base64": payload})
    screen.as_fields({**asdict(record), **values})
    if payload is not None:
        screen.payload(payload, full=full)


def explain(address: Address, id_: Id, as_json: AsJson = False) -> None:
    """Say of one record which rules it broke, what they ask, what was seen, and what can be done."""
    from spark_jobs.quarantine import records
    from spark_jobs.quarantine.explain import explain as explained

    of = arguments.dataset(address)
    found = explained(of, records.named(of, id_))
    if as_json:
        return print_json(asdict(found))
    screen.explanation(found)


def replay(
    addresses: Addresses = None,
    rule: Rule = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would pass.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge open records again by the contract and rules of now; what passes lands in bronze, once."""
    from lake_layout.contracts import Zone
    from spark_jobs.quarantine import replay as job

    # Datasets that are computed have no bronze: their silver rows are told of below.
    asked = [of.address for of, zone in _tables(addresses) if zone is Zone.BRONZE] if addresses else []
    with working("judging again …"):
        counts = job.run(asked, rule, dry_run=dry_run) if asked or not addresses else {}
    silver = _rebuilds(addresses, rule)
    if as_json:
        return print_json({"bronze": counts, "silver": silver})
    names = ("open", "accepted", "rejected", "new_reasons", "not_in_raw")
    screen.as_table(
        ["dataset", *names], [(of, *(f"{count[name]:,}" for name in names)) for of, count in counts.items()]
    )
    _print_hints(counts, silver, dry_run=dry_run)


def discard(
    address: Address,
    reason: Annotated[str, typer.Option(help="Why nobody will need them. Kept, with your name and the time.")],
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="As `list` prints them.")] = None,
    rule: Annotated[str | None, typer.Option(help="All open records that broke this rule, instead of ids.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give records up: they stay in bronze, but are open no more and a replay passes them over."""
    from spark_jobs.quarantine import discards as job

    if bool(ids) == bool(rule):
        raise typer.BadParameter("name records by their ids, or all of a rule with --rule")
    with working("discarding …"):
        counts = job.run(arguments.dataset(address).address, ids or [], rule, reason)
    if as_json:
        return print_json(counts)
    out.print(f"{counts['discarded']:,} discarded, {counts['before']:,} were before")


def _tables(addresses: list[str] | None) -> list[tuple["Contract", "Zone"]]:
    """The tables that can have rejected rows."""
    from lake_layout.contracts import contracts
    from spark_jobs.quarantine import records

    chosen = [arguments.dataset(address) for address in addresses] if addresses else contracts().values()
    return [(of, zone) for of in chosen for zone in records.zones(of)]


def _wanted(rule: str | None, first: datetime | None, last: datetime | None, discarded: bool) -> "Wanted":
    from spark_jobs.quarantine.records import Wanted

    return Wanted(rule, *arguments.dates(first, last), discarded)


def _rebuilds(addresses: list[str] | None, rule: str | None) -> dict[str, dict[str, Any]]:
    """Silver datasets with rejected rows → how many, and the command that judges them again."""
    from lake_layout.contracts import Zone
    from spark_jobs.affected_dates import rebuild_command
    from spark_jobs.quarantine import records

    found = {}
    for of, zone in _tables(addresses):
        count, first, last = records.count(of, zone, records.Wanted(rule)) if zone is Zone.SILVER else (0, None, None)
        if first and last:
            found[of.address] = {"records": count, "command": rebuild_command(first, last)}
    return found


def _print_hints(counts: dict[str, dict[str, Any]], silver: dict[str, dict[str, Any]], *, dry_run: bool) -> None:
    if any(count["not_in_raw"] for count in counts.values()):
        err.print("not in raw: raw keeps them no longer, so that they can only be discarded")
    if any(count["accepted"] for count in counts.values()):
        once = "nothing was written; without --dry-run they land in bronze" if dry_run else "they are in bronze"
        err.print(f"accepted: {once}; `lake run daily_etl` brings them on to silver, gold and the warehouses")
    for address, one in silver.items():
        err.print(f"{address}: {one['records']:,} silver rows are judged again by `{one['command']}`", markup=False)
