"""The expectations a rule may name, with their parameters: `<name>` + kwargs → checked model.

Names and parameters are those of Great Expectations; three that it lacks are ours and have a class
of the same name in `custom.py`. `ROW` judges each row by itself, `BATCH` a batch as a whole.
"""

import re
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_serializer, model_validator

_CONDITION = re.compile(r"^\s*(?P<column>_?[a-z][a-z0-9_]*)\s*(?P<operator>==|in)\s*(?P<values>.+?)\s*$")


class Condition(BaseModel):
    """Rows a rule speaks of: `column == value` or `column in [value, …]`; text written as in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    column: str
    values: tuple[str | int | bool, ...]


def _condition(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    found = _CONDITION.match(text)
    values = yaml.safe_load(found["values"]) if found else None
    if found is None or isinstance(values, list) != (found["operator"] == "in") or values in (None, []):
        raise ValueError(f'cannot read the row_condition {text!r}; write: column == "value" or column in ["a", "b"]')
    return {"text": text, "column": found["column"], "values": values if isinstance(values, list) else [values]}


class Expectation(BaseModel):
    """Parameters of one expectation; `row_condition` limits it to some rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row_condition: Annotated[Condition | None, BeforeValidator(_condition)] = None

    @field_serializer("row_condition")
    def _as_text(self, condition: Condition | None) -> str | None:
        return condition.text if condition else None

    def own_columns(self) -> list[str]:
        """The columns that the expectation itself names."""
        return []

    def columns(self) -> list[str]:
        return [*self.own_columns(), *([self.row_condition.column] if self.row_condition else [])]


class Bounded(BaseModel):
    """Without any bound nothing could break it."""

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if vars(self)["min_value"] is vars(self)["max_value"] is None:
            raise ValueError("give min_value, max_value or both")
        return self


class OfColumn(Expectation):
    column: str
    mostly: float = Field(default=1.0, gt=0, le=1)

    def own_columns(self) -> list[str]:
        return [self.column]


class OfPair(Expectation):
    column_A: str
    column_B: str

    def own_columns(self) -> list[str]:
        return [self.column_A, self.column_B]


class OfColumns(Expectation):
    column_list: tuple[str, ...]

    def own_columns(self) -> list[str]:
        return list(self.column_list)


class NotNull(OfColumn):
    """A value is there."""


class Between(OfColumn, Bounded):
    """Within the bounds; `strict_…` leaves the bound itself out."""

    min_value: float | int | None = None
    max_value: float | int | None = None
    strict_min: bool = False
    strict_max: bool = False


class InSet(OfColumn):
    value_set: tuple[str | int | bool, ...] = Field(min_length=1)


class MatchesRegex(OfColumn):
    """The pattern is found somewhere in the text: anchor it."""

    regex: str


class LengthBetween(OfColumn, Bounded):
    min_value: int | None = None
    max_value: int | None = None


class IsTimeZone(OfColumn):
    """An IANA time zone name."""


class Greater(OfPair):
    """A above B; both given."""

    or_equal: bool = False
    ignore_row_if: Literal["either_value_is_missing"] = "either_value_is_missing"


class SecondsBetween(OfPair, Bounded):
    """Seconds from instant A to instant B, within the bounds (inclusive)."""

    min_value: int | None = None
    max_value: int | None = None
    ignore_row_if: Literal["either_value_is_missing"] = "either_value_is_missing"


class RatePerMinute(OfColumns):
    """`column_list` is [amount, start, end]: amount per minute of the interval at most `max_value`.

    `tolerance` is an amount let through: a piece cut from an interval may carry one unit more.
    """

    column_list: tuple[str, str, str]
    max_value: float
    tolerance: float = 0
    ignore_row_if: Literal["any_value_is_missing"] = "any_value_is_missing"


class Unique(OfColumns):
    """No two rows share the values of all columns."""

    column_list: tuple[str, ...] = Field(min_length=1)


class RowCountBetween(Expectation, Bounded):
    min_value: int | None = None
    max_value: int | None = None


ROW: dict[str, type[Expectation]] = {
    "expect_column_values_to_not_be_null": NotNull,
    "expect_column_values_to_be_between": Between,
    "expect_column_values_to_be_in_set": InSet,
    "expect_column_values_to_match_regex": MatchesRegex,
    "expect_column_value_lengths_to_be_between": LengthBetween,
    "expect_column_values_to_be_time_zones": IsTimeZone,
    "expect_column_pair_values_a_to_be_greater_than_b": Greater,
    "expect_column_pair_seconds_to_be_between": SecondsBetween,
    "expect_multicolumn_rate_per_minute_to_be_between": RatePerMinute,
}
BATCH: dict[str, type[Expectation]] = {
    "expect_compound_columns_to_be_unique": Unique,
    "expect_table_row_count_to_be_between": RowCountBetween,
}
