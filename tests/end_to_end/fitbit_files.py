"""The numbers that stand in the files of a Fitbit export, and why those of the lake differ from them, if they do."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb

Key = tuple[str, date]
Row = tuple[Key, Decimal]
# Told what stands in the file and what the lake holds, each None where it is not there.
Reason = Callable[[Key, Decimal | None, Decimal | None], bool]


def numbers(export: Path, file: str, day: str, column: str) -> list[Row]:
    """A column of a file as it is written, row by row, with the user and the day."""
    sql = f"select Id, {day}::date, {column} from read_csv('{export}/{file}_merged.csv', all_varchar = true)"
    return [((user, on), Decimal(number)) for user, on, number in duckdb.execute(sql).fetchall()]


def reconciled(written: list[Row], held: Mapping[Key, Decimal], reasons: Mapping[str, Reason]) -> Counter[str]:
    """How many numbers are equal, and how many differ for each reason; what has none is told by itself."""
    once = dict(written)
    assert len(set(written)) == len(once)
    counts = Counter(_why(key, once.get(key), held.get(key), reasons) for key in once.keys() | held.keys())
    return counts + Counter({"stands twice in the file": len(written) - len(once)})


def _why(key: Key, written: Decimal | None, held: Decimal | None, reasons: Mapping[str, Reason]) -> str:
    if written == held:
        return "equal"
    unexplained = f"unexplained: {written} of {key} is {held}"
    return next((name for name, explains in reasons.items() if explains(key, written, held)), unexplained)


def rounded_to(step: str) -> Reason:
    """The lake holds the number to this step, half up."""

    def explains(_key: Key, written: Decimal | None, held: Decimal | None) -> bool:
        return written is not None and held == written.quantize(Decimal(step), ROUND_HALF_UP)

    return explains
