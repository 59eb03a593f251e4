"""Great Expectations suites: what a gate asks of a table's batches → one suite per table."""

from typing import Any

import great_expectations as gx
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.row_conditions import Column as On
from great_expectations.expectations.row_conditions import Condition

from expectations import custom  # noqa: F401  its classes register themselves
from expectations.promises import gate_rules
from expectations.rules import ACCEPTED_SHARE, Rule
from expectations.vocabulary import Unique
from lake_layout import tables
from lake_layout.contracts import Contract, Zone


def hash_name(rule: Rule) -> str:
    """The column with a hash of what a rule wants to be unique."""
    return f"_hash_of_{rule.rule}"


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
        type_, kwargs = "expect_column_repeated_values_to_be_at_most", {"column": hash_name(rule), "max_value": 0}
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
