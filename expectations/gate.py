"""The gate: a batch of a table → how many rows break each rule → findings.

One query counts for all rules of a table; rows are looked up only where a rule is broken. Great Expectations judges
the same rules apart from the runs (`data_docs`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from expectations.promises import gate_rules, key
from expectations.row_rules import breaks
from expectations.rules import ACCEPTED_SHARE, Rule
from expectations.vocabulary import NotNull, OfColumn, RowCountBetween, Unique
from lake_layout import tables
from lake_layout.contracts import Contract, Zone

# So few rejected rows are a matter for the quarantine, whatever their share of a quiet hour.
FEW_ROWS = 20
_EXAMPLES = 3


@dataclass(frozen=True)
class Finding:
    """A broken rule: how many rows broke it, and a few of them."""

    rule: str
    action: str
    reason: str
    rows: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = f", for example {'; '.join(self.examples)}" if self.examples else ""
        return f"{self.rule}: {self.reason} ({self.rows:,} rows{shown})"


@dataclass(frozen=True)
class Outcome:
    """What the gate found in one batch of one table."""

    of: Contract
    zone: Zone
    findings: tuple[Finding, ...]

    @property
    def halting(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.action == "halt"]


class NotEvaluated(RuntimeError):
    """Not every rule could be evaluated, so there is no verdict; the message names rules and reasons."""


def judge(of: Contract, zone: Zone, batch: DataFrame) -> Outcome:
    """Hold the rows of one batch, accepted and rejected, against the rules of its table.

    Raises NotEvaluated if a rule cannot be evaluated.
    """
    rules = gate_rules(of, zone)
    counts = zip(rules, _counted(of, zone, batch, rules), strict=True)
    broken = [(rule, found) for rule, (found, asked) in counts if _is_broken(rule, found, asked)]
    return Outcome(of, zone, tuple(_finding(of, zone, batch, rule, found) for rule, found in broken))


def _counted(of: Contract, zone: Zone, batch: DataFrame, rules: Sequence[Rule]) -> list[tuple[int, int]]:
    """For each rule: how many rows break it, and of how many it was asked."""
    try:
        return _count(of, zone, batch, rules)
    except PySparkException as error:
        if not _is_about_the_query(error):
            raise
        words = "; ".join(_not_evaluated(of, zone, batch, rules))
        raise NotEvaluated(f"{of.address} in {zone}: {words or error}") from error


def _is_about_the_query(error: PySparkException) -> bool:
    """Whether data or names are the matter (SQL's states 22 and 42), not a server or a file that is away."""
    return (error.getSqlState() or "")[:2] in ("22", "42")


def _not_evaluated(of: Contract, zone: Zone, batch: DataFrame, rules: Sequence[Rule]) -> Iterable[str]:
    for rule in rules:
        try:
            _count(of, zone, batch, [rule])
        except PySparkException as error:
            if not _is_about_the_query(error):
                raise
            yield f"{rule.rule}: {error}"


def _count(of: Contract, zone: Zone, batch: DataFrame, rules: Sequence[Rule]) -> list[tuple[int, int]]:
    counts = [count for rule in rules for count in _counts(of, zone, rule)]
    [row] = batch.agg(*(count.alias(f"count_{at}") for at, count in enumerate(counts))).collect()
    return list(zip(row[::2], row[1::2], strict=True))


def _counts(of: Contract, zone: Zone, rule: Rule) -> tuple[Column, Column]:
    """Rows that break a rule, and rows of which it is asked; of a rule about the number of rows, that number twice."""
    asked = _asked(of, zone, rule)
    rows = F.count_if(asked)
    match rule.kwargs:
        case RowCountBetween():
            return rows, rows
        case Unique(column_list=columns):
            return rows - F.count_distinct(F.when(asked, F.xxhash64(*columns))), rows
        case OfColumn(column=column) if not isinstance(rule.kwargs, NotNull):
            rows = F.count_if(asked & F.col(column).isNotNull())
    return F.count_if(asked & breaks(rule.kwargs)), rows


def _asked(of: Contract, zone: Zone, rule: Rule) -> Column:
    """Of which rows a rule is asked: those of its condition, and of rejected ones none but for their share."""
    condition = rule.kwargs.row_condition
    asked = F.col(condition.column).isin(*condition.values) if condition else F.lit(True)
    if not tables.has_status(of, zone) or rule.rule == ACCEPTED_SHARE:
        return asked
    return asked & (F.col("_status") == tables.ACCEPTED)


def _is_broken(rule: Rule, found: int, asked: int) -> bool:
    if isinstance(rule.kwargs, RowCountBetween):
        low, high = rule.kwargs.min_value, rule.kwargs.max_value
        return (low is not None and found < low) or (high is not None and found > high)
    mostly = getattr(rule.kwargs, "mostly", 1.0)
    return found > 0 and (asked - found) / asked < mostly


def _finding(of: Contract, zone: Zone, batch: DataFrame, rule: Rule, count: int) -> Finding:
    rows = _broken_rows(of, zone, batch, rule)
    found = [] if rows is None else rows.limit(_EXAMPLES).collect()
    shown = tuple(_words(of, row.asDict()) for row in found)
    few = rule.rule == ACCEPTED_SHARE and count < FEW_ROWS
    return Finding(rule.rule, "warn" if few else rule.action, rule.reason, count, shown)


def _words(of: Contract, row: dict[str, Any]) -> str:
    """Goes into logs: what is not personal tells which row, the rest stays in the lake."""
    personal = {column.name for column in of.columns if column.pii}
    return ", ".join(f"{name}={value}" for name, value in row.items() if name not in personal) or "(personal)"


def _broken_rows(of: Contract, zone: Zone, batch: DataFrame, rule: Rule) -> DataFrame | None:
    """The rows, or repeated keys, that break a rule; None for a rule about the number of rows."""
    if isinstance(rule.kwargs, RowCountBetween):
        return None
    asked = batch.where(_asked(of, zone, rule))
    if isinstance(rule.kwargs, Unique):
        return asked.groupBy(*rule.kwargs.column_list).count().where("count > 1")
    keys = key(of, zone)
    if rule.rule == ACCEPTED_SHARE:
        return asked.where(breaks(rule.kwargs)).select(*keys)
    return asked.where(breaks(rule.kwargs)).select(*dict.fromkeys([*keys, *rule.kwargs.columns()]))
