"""How records of the quarantine are printed: nothing in them is taken as markup, what cannot be printed is escaped."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake_cli.screen import err, out

if TYPE_CHECKING:
    from spark_jobs.quarantine.explain import Explanation
    from spark_jobs.quarantine.records import Record

_PAYLOAD_BYTES = 2_000
_REASON_CHARACTERS = 200


def escaped(said: bytes | str) -> str:
    """What can be printed as it is, everything else (control characters, broken UTF-8) as its escape."""
    text = said if isinstance(said, str) else said.decode(errors="backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def as_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not rows:
        err.print("nothing in quarantine, as far as was asked")
        return
    table = Table(*names, box=None)
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*(Text(escaped(cell)) for cell in row))
    out.print(table)


def as_fields(fields: Mapping[str, Any]) -> None:
    """One line for each value that is there."""
    for name, value in fields.items():
        if value is not None:
            shown = ", ".join(value) if isinstance(value, tuple) else str(value)
            out.print(f"{name}  {escaped(shown)}", markup=False)


def line(record: "Record", *, discarded: bool) -> list[str]:
    """A record in a table, without what it says."""
    why = escaped(" · ".join(record.reasons))
    shown = why if len(why) <= _REASON_CHARACTERS else f"{why[:_REASON_CHARACTERS]}…"
    found = [record.zone, record.address, record.id, str(record.event_date), shown]
    return (
        [*found, f"{record.discarded_at} by {record.discarded_by}: {record.discarded_because}"] if discarded else found
    )


def payload(said: bytes, *, full: bool) -> None:
    out.print(f"payload ({len(said):,} bytes)", style="bold")
    out.print(escaped(said if full else said[:_PAYLOAD_BYTES]), markup=False)
    if not full and len(said) > _PAYLOAD_BYTES:
        err.print(f"… {len(said) - _PAYLOAD_BYTES:,} bytes more: --full", style="dim")


def explanation(found: "Explanation") -> None:
    record = found.record
    as_fields({"record": f"{record.id} of {record.address} in {record.zone}, {record.event_date}"})
    then = found.contract_then or "not known"
    as_fields({"contract": f"{then} then, {found.contract_now} now{', edited since' if found.is_edited else ''}"})
    for why in found.why:
        out.print(f"\n{escaped(f'{why.rule}: {why.words}' if why.words else why.rule)}", style="bold", markup=False)
        as_fields({"asked now": why.asked_now or "nothing asks this any more"})
        for column in why.columns:
            needed, personal = " Required." * column.is_required, " (personal)" * column.is_personal
            seen = "nothing that can be typed" if column.value is None else str(column.value)
            as_fields({column.name: f"{column.description}{needed} Seen{personal}: {seen}"})
    out.print("\nwhat to do", style="bold")
    for words in found.to_do:
        out.print(f"- {escaped(words)}", markup=False)
