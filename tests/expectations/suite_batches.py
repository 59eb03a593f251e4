"""Batches made from contracts: rows that keep every rule, and rows that break each rule that halts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from expectations import promises
from expectations import vocabulary as v
from expectations.rules import Rule, rules
from lake_layout import tables
from lake_layout.contracts import Contract, Zone

BEGINNING = datetime(2025, 3, 24, 8, tzinfo=UTC)
ROWS = 30
TEXTS = {"^[a-z][a-z0-9_]{0,62}$": "app_opened", "^[A-Z]{3}$": "EUR"}


def _default(name: str, type_: str, number: int) -> Any:
    if type_.startswith("array"):
        return None
    if type_.startswith("decimal"):
        precision, scale = map(int, type_.removeprefix("decimal(").removesuffix(")").split(","))
        return Decimal(20 if precision - scale > 1 else 1)
    values = {
        "string": f"{name}-{number}",
        "int": 20,
        "bigint": 20,
        "double": 20.0,
        "boolean": False,
        "timestamp": BEGINNING + timedelta(hours=number),
        "date": date(2025, 3, 1) + timedelta(days=number),
        "binary": None,
    }
    return values[type_]


def _speaks_of(rule: Rule, row: dict[str, Any]) -> bool:
    condition = rule.kwargs.row_condition
    return condition is None or row[condition.column] in condition.values


def _later(value: Any) -> Any:
    return value + timedelta(minutes=1) if isinstance(value, datetime) else value + 1


def _keep(rule: Rule, row: dict[str, Any]) -> None:
    match rule.kwargs:
        case v.InSet(column=column, value_set=allowed):
            row[column] = row[column] if row[column] in allowed else allowed[0]
        case v.Between(column=column, min_value=low, max_value=high):
            row[column] = type(row[column])(low if low is not None and row[column] < low else row[column])
            row[column] = type(row[column])(high if high is not None and row[column] > high else row[column])
        case v.MatchesRegex(column=column, regex=regex):
            row[column] = TEXTS[regex]
        case v.IsTimeZone(column=column):
            row[column] = "Europe/Berlin"
        case v.Greater(column_A=above, column_B=below, or_equal=False):
            row[above] = _later(row[below])
        case v.SecondsBetween(column_A=start, column_B=end):
            row[end] = row[start] + timedelta(minutes=1)


def good_rows(of: Contract, zone: Zone, count: int = ROWS) -> list[dict[str, Any]]:
    columns = tables.columns(of, zone)
    made = []
    for number in range(count):
        row = {column.name: _default(column.name, column.type, number) for column in columns}
        if "_status" in row:
            row["_status"] = tables.ACCEPTED
        for rule in rules(of.address, zone):
            if _speaks_of(rule, row):
                _keep(rule, row)
        made.append(row)
    return made


def _break(rule: Rule, row: dict[str, Any]) -> None:
    match rule.kwargs:
        case v.NotNull(column=column):
            row[column] = None
        case v.InSet(column=column):
            row[column] = "nothing like that"
        case v.Between(column=column, min_value=low, max_value=high):
            row[column] = type(row[column])(low - 1 if low is not None else high + 1)
        case v.Greater(column_A=above, column_B=below):
            instant = isinstance(row[below], datetime)
            row[above] = row[below] - timedelta(minutes=1) if instant else type(row[above])(row[below] - 1)
        case v.SecondsBetween(column_A=start, column_B=end, min_value=int(low)):
            row[end] = row[start] + timedelta(seconds=low - 60)
        case other:
            raise TypeError(f"no way to break {other}")


def broken_rows(of: Contract, zone: Zone) -> tuple[list[dict[str, Any]], set[str]]:
    """Rows that break every halting rule of the gate, but for the number of rows, and the names of the rules."""
    rows = good_rows(of, zone)
    halting = [
        r for r in promises.gate_rules(of, zone) if r.action == "halt" and not isinstance(r.kwargs, v.RowCountBetween)
    ]
    spare = iter(range(5, ROWS))
    for rule in halting:
        if rule.rule == promises.ACCEPTED_SHARE:
            rows += [{**row, "_status": tables.REJECTED} for row in good_rows(of, zone)]
        elif rule.rule == promises.KEYS_ARE_UNIQUE:
            rows.append(dict(rows[0]))
        else:
            _break(rule, rows[next(spare)])
    return rows, {rule.rule for rule in halting}
