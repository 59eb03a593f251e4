"""Why a record was rejected, in words: its reasons + contract and rules of today → what was asked, seen, and to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from expectations.rules import edition, rule_path, rules
from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from lake_layout.profile import REPOSITORY, profile
from spark_jobs import commits
from spark_jobs.affected_dates import rebuild_command
from spark_jobs.quarantine import records
from spark_jobs.quarantine.records import Record

_NAMED = re.compile(r"\w+")
_OF_A_COLUMN = ("missing", "cannot_type", "impossible_date")


@dataclass(frozen=True)
class Seen:
    """A column that a rule speaks of: what the contract says, and the value of the record (null: not typed)."""

    name: str
    type: str
    description: str
    is_required: bool
    is_personal: bool
    value: Any


@dataclass(frozen=True)
class Why:
    """One reason: the rule and its words then; what asks for it now, null where nothing does any more."""

    rule: str
    words: str
    asked_now: str | None
    columns: tuple[Seen, ...]


@dataclass(frozen=True)
class Explanation:
    """Contract and rules are told by their edition, `<version>-<digest>`; `contract_then` is null in old commits."""

    record: Record
    contract_then: str | None
    contract_now: str
    why: tuple[Why, ...]
    to_do: tuple[str, ...]

    @property
    def is_edited(self) -> bool:
        return self.contract_then not in (None, self.contract_now)


def explain(of: Contract, record: Record) -> Explanation:
    """What is wrong with a record, and what can be done."""
    row = records.content(of, record)
    why = tuple(_why(of, record.zone, row, *reason.partition(": ")[::2]) for reason in record.reasons)
    then, now = _judged_by(of, record), edition(of, record.zone)
    return Explanation(record, then, now, why, _to_do(of, record, then not in (None, now)))


def _why(of: Contract, zone: Zone, row: Mapping[str, Any], rule: str, words: str) -> Why:
    known = {one.name: one for one in tables.columns(of, zone)}
    asked: str | None
    own = next((one for one in rules(of.address, zone) if one.rule == rule and one.action == "quarantine"), None)
    if own:
        given = yaml.safe_dump(own.kwargs.model_dump(exclude_defaults=True), default_flow_style=True, width=1000)
        asked, names = f"{own.expectation} {given.strip()}: {own.reason}", own.kwargs.columns()
    elif rule in _OF_A_COLUMN:
        names = [name for name in _NAMED.findall(words)[:1] if name in known]
        asked = _asked_of_column(of, rule, names)
    else:
        # A record that could not be read has no values at all; any other was rejected by a rule that is gone.
        is_read = any(row.get(column.name) is not None for column in tables.typed(of))
        asked, names = None if is_read else "a record that can be read", []
    return Why(rule, words, asked, tuple(_seen(of, known[name], row) for name in names))


def _asked_of_column(of: Contract, rule: str, names: list[str]) -> str | None:
    """What the contract asks of the column; null where it has none of that name or needs no value."""
    column = next((one for one in of.columns if one.name in names), None)
    if column is None or (rule == "missing" and not column.required):
        return None
    return f"{column.name}: {column.type}{', required' if column.required else ''}, by the contract"


def _seen(of: Contract, column: Any, row: Mapping[str, Any]) -> Seen:
    is_required = any(one.name == column.name and one.required for one in of.columns)
    return Seen(column.name, column.type, column.description, is_required, column.pii, row.get(column.name))


def _judged_by(of: Contract, record: Record) -> str | None:
    """The edition that the record's commit carries."""
    if record.batch is not None:
        found = commits.since(of, record.zone, record.batch - 1, record.batch) or []
    else:
        found = [one for one in commits.read(tables.path(of, record.zone)) if record.event_date in one.dates][:1]
    return next((one.contract for one in found if one.contract), None)


def _to_do(of: Contract, record: Record, is_edited: bool) -> tuple[str, ...]:
    contract, rules_ = _short(profile().datasets / f"{of.address}.yml"), _short(rule_path(of.address))
    wrong = f"if the rule or the contract is wrong: mend {rules_} or {contract}"
    if record.zone is not Zone.BRONZE:
        return (
            f"{wrong}, then `{rebuild_command(record.event_date, record.event_date)}`",
            "if the source is wrong: mend it",
        )
    if record.discarded_at:
        return (f"nothing: {record.discarded_by} discarded it: {record.discarded_because}",)
    replay = f"`lake quarantine replay {of.address} --dry-run` tells what would pass"
    discard = f'lake quarantine discard {of.address} {record.id} --reason "…"'
    return (
        *([f"contract or rules were edited since: {replay} now"] if is_edited else []),
        f"{wrong}; {replay} then",
        f"if the source is wrong: have it send the record again, which lands as another one, and `{discard}`",
    )


def _short(path: Path) -> str:
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)
