"""How time grows with data: amounts and seconds → a + b · amount^k, the fixed cost, that of one more and the power."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 3
_POWERS = np.arange(50, 201) / 100


@dataclass(frozen=True)
class Growth:
    """Seconds are `fixed + each * amount ** power`; neither `fixed` nor `each` is negative."""

    fixed: float
    each: float
    power: float


def growth(amounts: Sequence[float], seconds: Sequence[float]) -> Growth:
    """The growth that misses the seconds least, each as a share of itself, for noise grows with them.

    Raises ValueError: fewer than three amounts tell of no power.
    """
    if len(set(amounts)) < FEWEST:
        raise ValueError(f"{len(set(amounts))} amounts tell of no power")
    whole = max(amounts)
    parts, told = np.array(amounts) / whole, np.array(seconds, dtype=float)
    fits = [(*_nearest(parts**power, told), float(power)) for power in _POWERS]
    _missed, fixed, each, power = min(fits)
    return Growth(round(fixed, 3), each / whole**power, power)


def _nearest(grown: np.ndarray, told: np.ndarray) -> tuple[float, float, float]:
    """What is missed by the best fixed cost and slope, which both are given, too."""
    terms = np.column_stack([np.ones_like(grown), grown]) / told[:, None]
    found = []
    for used in ([0, 1], [1], [0]):
        some, *_ = np.linalg.lstsq(terms[:, used], np.ones_like(told), rcond=None)
        both = np.zeros(2)
        both[used] = some
        if (both >= 0).all():
            found.append((float(np.square(terms @ both - 1).sum()), float(both[0]), float(both[1])))
    return min(found)
