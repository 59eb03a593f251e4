"""Rule files: `datasets/<source>/<dataset>.yml` → checked rules of each zone.

A rule that warns counts rows, one that quarantines rejects each row that breaks it, one that halts
stops the batch. `lake contracts check` and the tests read every file.
"""

import json
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError, model_validator

from expectations.vocabulary import BATCH, ROW, Expectation, OfColumn
from lake_layout import names, tables
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.profile import profile

Action = Literal["warn", "quarantine", "halt"]
# What contracts promise by themselves, under these names.
ACCEPTED_SHARE, KEYS_ARE_UNIQUE = "accepted_share", "keys_are_unique"


class InvalidRule(ValueError):
    """A rule file says something that cannot be meant; the message names file, rule and remedy."""


class Rule(BaseModel):
    """One promise: an expectation, what to do when it is broken, and words for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    expectation: str
    kwargs: SerializeAsAny[Expectation]
    action: Action
    reason: str = Field(min_length=3)

    @model_validator(mode="before")
    @classmethod
    def _with_typed_kwargs(cls, body: Any) -> Any:
        if not isinstance(body, dict) or isinstance(body.get("kwargs"), Expectation):
            return body
        name = str(body.get("expectation"))
        known = ROW | BATCH
        if name not in known:
            near = ", ".join(get_close_matches(name, known, cutoff=0.5)) or ", ".join(known)
            raise ValueError(f"unknown expectation {name}; did you mean: {near}")
        return {**body, "kwargs": known[name].model_validate(body.get("kwargs") or {})}

    @model_validator(mode="after")
    def _rejects_single_rows_only(self) -> Self:
        whole = self.expectation in BATCH or (isinstance(self.kwargs, OfColumn) and self.kwargs.mostly < 1)
        if self.action == "quarantine" and whole:
            raise ValueError(f"{self.expectation} judges a whole batch here, so it can warn or halt, not quarantine")
        return self


class RuleFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bronze: tuple[Rule, ...] = ()
    silver: tuple[Rule, ...] = ()
    gold: tuple[Rule, ...] = ()

    def of(self, zone: Zone) -> tuple[Rule, ...]:
        return () if zone is Zone.RAW else getattr(self, zone.value)


def _check_against(of: Contract, file: RuleFile) -> None:
    for zone in (Zone.BRONZE, Zone.SILVER, Zone.GOLD):
        rules = file.of(zone)
        if rules and zone not in of.zones:
            raise ValueError(f"{of.address} has no {zone} table, so no {zone} rules")
        known = [column.name for column in tables.columns(of, zone)] if rules else []
        names_seen: set[str] = set()
        for rule in rules:
            if rule.rule in (ACCEPTED_SHARE, KEYS_ARE_UNIQUE):
                raise ValueError(f"{zone}: {rule.rule} is what the contract promises: name the rule otherwise")
            if rule.rule in names_seen:
                raise ValueError(f"{zone}: two rules are called {rule.rule}")
            names_seen.add(rule.rule)
            for column in rule.kwargs.columns():
                if column not in known:
                    near = ", ".join(get_close_matches(column, known)) or ", ".join(known)
                    raise ValueError(f"{zone}: {rule.rule}: no column {column}; did you mean: {near}")


def read_rules(path: Path, of: Contract) -> RuleFile:
    """The rules of one file, held against its contract.

    Raises InvalidRule for a missing file, and for an unknown expectation, parameter, column, action or zone.
    """
    if not path.exists():
        raise InvalidRule(f"{path} is missing: every contract has a rule file, even an empty one")
    try:
        file = RuleFile.model_validate(yaml.safe_load(path.read_text()) or {})
        _check_against(of, file)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidRule(f"{path}: {wrong}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise InvalidRule(f"{path}: {error}") from error
    return file


def rule_path(address: str) -> Path:
    """Where the rules of a dataset stand."""
    return profile().rules / f"{names.address(address)}.yml"


@lru_cache
def _rules(address: str) -> RuleFile:
    return read_rules(rule_path(address), contract(address))


def rules(address: str, zone: Zone) -> tuple[Rule, ...]:
    """The rules of a dataset in one zone, in the order of the file."""
    return _rules(address).of(zone)


# What a contract says besides, by which no row is rejected.
_OF_DATES = ("period", "reach", "reaches", "restate_within", "keep")
_ASIDE = ("description", "owner", "is_in_postgres", "max_rejected", *_OF_DATES)
_ASIDE_OF_COLUMNS = {"description", "unit", "pii", "searched"}


def edition(of: Contract, zone: Zone) -> str:
    """`<version of the contract>-<digest>`: changes with whatever decides if a row of the zone is rejected."""
    words: Any = {**dict.fromkeys(_ASIDE, True), "columns": {"__all__": _ASIDE_OF_COLUMNS}}
    judges = [rule.model_dump_json() for rule in rules(of.address, zone) if rule.action == "quarantine"]
    told = json.dumps([of.model_dump_json(exclude=words), judges])
    return f"{of.version}-{sha256(told.encode()).hexdigest()[:8]}"
