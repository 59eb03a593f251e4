"""What a check says of one dataset: a verdict and one line of words."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the proof: which check, of which dataset, what it found there."""

    check: str
    dataset: str
    verdict: Verdict
    words: str


def findings(
    check: str, dataset: str, *, wrong: Iterable[str], warnings: Iterable[str] = (), good: str
) -> list[Finding]:
    """One finding for each thing that is wrong or deserves a warning; the good words where nothing is wrong."""
    found = [Finding(check, dataset, Verdict.WRONG, words) for words in wrong]
    found += [] if found else [Finding(check, dataset, Verdict.GOOD, good)]
    return found + [Finding(check, dataset, Verdict.WARNING, words) for words in warnings]


def some(of: Iterable[object], shown: int = 5) -> str:
    """The first few, and how many more there are."""
    each = [str(one) for one in of]
    more = f" and {len(each) - shown:,} more" if len(each) > shown else ""
    return ", ".join(each[:shown]) + more
