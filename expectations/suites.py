"""Great Expectations suites: what the contract promises + the rules of the file → one suite per table.

Rules that quarantine single rows are not asked again: the writer applied them in the pass that wrote.
"""

from typing import Any

import great_expectations as gx
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.row_conditions import Column as On
from great_expectations.expectations.row_conditions import Condition

from expectations import custom  # noqa: F401  its classes register themselves
from expectations.rules import Rule, rules
from expectations.vocabulary import InSet, NotNull, Unique
from lake_layout import tables
from lake_layout.contracts import Contract, Zone

KEY = "_key"
ACCEPTED_SHARE, KEYS_ARE_UNIQUE = "accepted_share", "keys_are_unique"


def key(of: Contract, zone: Zone) -> tuple[str, ...]:
    """What names a row: in bronze the contract's key, though a source may send it twice."""
    return of.key if zone is Zone.BRONZE else tables.grain(of, zone)


def _promise(name: str, expectation: str, kwargs: Any, reason: str) -> Rule:
    return Rule(rule=name, expectation=expectation, kwargs=kwargs, action="halt", reason=reason)


def promises(of: Contract, zone: Zone) -> list[Rule]:
    """What the contract alone promises of every batch; each broken promise halts."""
    found = []
    if tables.has_status(of, zone):
        share = InSet(column="_status", value_set=(tables.ACCEPTED,), mostly=1 - of.max_rejected)
        words = f"more than {of.max_rejected:.0%} of the rows were rejected"
        found.append(_promise(ACCEPTED_SHARE, "expect_column_values_to_be_in_set", share, words))
    if zone is Zone.BRONZE:
        return found
    for column in key(of, zone):
        words = f"{column} is part of the key"
        found.append(
            _promise(f"{column}_is_given", "expect_column_values_to_not_be_null", NotNull(column=column), words)
        )
    unique = Unique(column_list=key(of, zone))
    words = f"two rows with the same {', '.join(key(of, zone))}"
    return [*found, _promise(KEYS_ARE_UNIQUE, "expect_compound_columns_to_be_unique", unique, words)]


def gate_rules(of: Contract, zone: Zone) -> list[Rule]:
    """Everything the gate asks of a batch."""
    return [*promises(of, zone), *(rule for rule in rules(of.address, zone) if rule.action != "quarantine")]


def _row_condition(rule: Rule, accepted_only: bool) -> Condition | None:
    own = rule.kwargs.row_condition
    parts: list[Condition] = [On("_status") == tables.ACCEPTED] if accepted_only else []
    if own:
        parts.append(On(own.column).is_in(list(own.values)))
    return parts[0] & parts[1] if len(parts) == 2 else next(iter(parts), None)


def configuration(rule: Rule, *, accepted_only: bool) -> ExpectationConfiguration:
    """A rule as Great Expectations takes it."""
    kwargs = {name: _listed(value) for name, value in rule.kwargs.model_dump(exclude_none=True).items()}
    type_ = rule.expectation
    if isinstance(rule.kwargs, Unique):
        # Its own check sorts all rows in a window (10 s for 3 M rows); distinct hashes of the key take 1 s.
        type_, kwargs = "expect_column_repeated_values_to_be_at_most", {"column": KEY, "max_value": 0}
    kwargs["row_condition"] = _row_condition(rule, accepted_only and rule.rule != ACCEPTED_SHARE)
    notes = {"format": "string", "content": [f"{rule.rule} ({rule.action}): {rule.reason}"]}
    meta = {"rule": rule.rule, "notes": notes}
    given = {name: value for name, value in kwargs.items() if value is not None}
    return ExpectationConfiguration(type=type_, kwargs=given, meta=meta)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def suite_name(of: Contract, zone: Zone) -> str:
    return f"{zone}.{of.source}.{of.dataset}"


def suite(of: Contract, zone: Zone) -> gx.ExpectationSuite:
    """The suite of one table, in no context yet."""
    accepted_only = tables.has_status(of, zone)
    asked = [configuration(rule, accepted_only=accepted_only) for rule in gate_rules(of, zone)]
    return gx.ExpectationSuite(name=suite_name(of, zone), expectations=[one.to_domain_obj() for one in asked])
