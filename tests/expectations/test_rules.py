"""Rule files are read strictly: what cannot be meant is refused, with words that say where and what."""

from pathlib import Path

import pytest

from expectations.rules import InvalidRule, edition, read_rules
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.periods import Period

GOOD = {
    "rule": "heart_rate_is_plausible",
    "expectation": "expect_column_values_to_be_between",
    "kwargs": "{column: heart_rate_bpm, min_value: 20, max_value: 250}",
    "action": "quarantine",
    "reason": "outside 20 to 250 bpm",
}


def _read(tmp_path: Path, zone: str = "silver", **changes: str):
    body = "\n    ".join(f"{name}: {value}" for name, value in {**GOOD, **changes}.items())
    path = tmp_path / "heart_rate_readings.yml"
    path.write_text(f"{zone}:\n  - {body.lstrip()}\n")
    return read_rules(path, contract("wearables/heart_rate_readings"))


def test_a_good_rule_is_read(tmp_path: Path) -> None:
    (rule,) = _read(tmp_path).silver
    assert (rule.rule, rule.action, rule.kwargs.columns()) == (
        "heart_rate_is_plausible",
        "quarantine",
        ["heart_rate_bpm"],
    )


def test_an_empty_file_has_no_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("")
    assert read_rules(tmp_path / "rules.yml", contract("wearables/heart_rate_readings")).silver == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expectation": "expect_column_values_to_be_betwen"}, "did you mean: expect_column_values_to_be_between"),
        ({"kwargs": "{column: heart_rate, min_value: 20}"}, "no column heart_rate; did you mean: heart_rate_bpm"),
        ({"kwargs": "{column: heart_rate_bpm, minimum: 20}"}, "minimum"),
        ({"action": "explode"}, "silver.0.action: Input should be 'warn', 'quarantine' or 'halt'"),
        ({"kwargs": "{column: heart_rate_bpm, max_value: 9, mostly: 0.9}"}, "judges a whole batch"),
        ({"kwargs": "{column: heart_rate_bpm, max_value: 9, row_condition: a > 3}"}, "cannot read the row_condition"),
        ({"kwargs": "{column: heart_rate_bpm, max_value: 9, row_condition: colour == red}"}, "no column colour"),
        ({"kwargs": "{column: heart_rate_bpm}"}, "give min_value, max_value or both"),
        ({"rule": "accepted_share"}, "is what the contract promises"),
        ({"zone": "bronze"}, "has no bronze table"),
        ({"zone": "platinum"}, "platinum"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_refused(changes: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRule) as refused:
        _read(tmp_path, **changes)
    assert words in str(refused.value)
    assert str(tmp_path / "heart_rate_readings.yml") in str(refused.value)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    rule = "{" + ", ".join(f"{name}: {value}" for name, value in GOOD.items()) + "}"
    path.write_text(f"silver: [{rule}, {rule}]\n")
    with pytest.raises(InvalidRule, match="two rules are called heart_rate_is_plausible"):
        read_rules(path, contract("wearables/heart_rate_readings"))


def test_a_row_condition_names_one_value_or_several(tmp_path: Path) -> None:
    one = "{column: heart_rate_bpm, max_value: 9, row_condition: 'source_app == \"watch\"'}"
    several = '{column: heart_rate_bpm, max_value: 9, row_condition: \'source_app in ["watch", "phone"]\'}'
    read = [_read(tmp_path, kwargs=kwargs).silver[0].kwargs.row_condition for kwargs in (one, several)]
    assert [(c.column, c.values) for c in read if c] == [("source_app", ("watch",)), ("source_app", ("watch", "phone"))]


@pytest.mark.parametrize("zone", [Zone.BRONZE, Zone.SILVER])
def test_an_edition_is_another_one_where_other_rows_may_be_rejected_and_only_there(zone: Zone) -> None:
    of = contract("ai_coach/conversation_turns" if zone is Zone.SILVER else "ai_coach/ai_interactions")
    now = edition(of, zone)

    def with_columns(**changes: object) -> Contract:
        columns = tuple(column.model_copy(update=changes) for column in of.columns)
        return of.model_copy(update={"columns": columns})

    aside = {"reach": (9, 9), "keep": "1d", "restate_within": "1d", "is_in_postgres": False, "max_rejected": 0.9}
    for name, value in {**aside, "period": Period.WEEK, "description": "Other words.", "owner": "others"}.items():
        assert edition(of.model_copy(update={name: value}), zone) == now, name
    assert edition(with_columns(pii=True, unit="m", searched=False, description="Other words."), zone) == now
    for changed in (with_columns(required=True), with_columns(type="int"), of.model_copy(update={"version": 9})):
        assert edition(changed, zone) != now
