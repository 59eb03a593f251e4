"""What a gate asks of a batch: what the contract promises + the rules of the file that warn or halt.

Rules that quarantine single rows are not asked again: the writer applied them in the pass that wrote.
"""

from typing import Any

from expectations.rules import ACCEPTED_SHARE, KEYS_ARE_UNIQUE, Rule, rules
from expectations.vocabulary import InSet, NotNull, Unique
from lake_layout import tables
from lake_layout.contracts import Contract, Zone


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
