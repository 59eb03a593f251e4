"""Readers see the personal columns that the guide names with a reason, and never what identifies a person directly."""

import re
from collections import defaultdict

import yaml

from lake_layout.contracts import contracts
from lake_layout.profile import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models"
GUIDE = REPOSITORY / "docs" / "guides" / "bi.md"
PERSONAL = {column.name for of in contracts().values() for column in of.columns if column.pii}
IDENTIFYING = re.compile(r"name$|mail|phone|address|birth_date|date_of_birth|latitude|longitude|^text$|notes|comment")
LINE = re.compile(r"^\| `(?P<column>\w+)` \| (?P<marts>[^|]+) \| [^|]{5,} \|$", re.MULTILINE)


def shown_to_readers() -> dict[str, set[str]]:
    """Column → the marts that have it."""
    found = defaultdict(set)
    described = {path for room in ("marts", "reporting") for path in (MODELS / room).glob("*.yml")}
    # The ledger tells of runs, not of people.
    for path in described - {MODELS / "marts" / "_run_ledger.yml"}:
        for model in yaml.safe_load(path.read_text()).get("models", []):
            for column in model["columns"]:
                found[column["name"]].add(model["name"])
    return found


def named_in_the_guide() -> dict[str, set[str]]:
    section = GUIDE.read_text().partition("## Personal data")[2]
    return {line["column"]: set(re.findall(r"`(\w+)`", line["marts"])) for line in LINE.finditer(section)}


def test_every_personal_column_of_a_mart_stands_in_the_guide_with_its_reason() -> None:
    shown = {column: marts for column, marts in shown_to_readers().items() if column in PERSONAL}
    named = named_in_the_guide()
    # The guide names the exceptions of the one column that nearly all have.
    marts = {mart for of_column in shown_to_readers().values() for mart in of_column}
    assert {**named, "user_id": {mart for mart in marts if "freshness" not in mart} - named["user_id"]} == shown


def test_no_mart_identifies_a_person_directly() -> None:
    shown = set(shown_to_readers()) - {"table_name", "group_name", "month_name", "day_name"}
    assert [column for column in shown if IDENTIFYING.search(column)] == []
