"""How time grows with data: amounts and seconds → a + b · amount^k, the fixed cost, that of one more and the power.

Where most of the time is fixed, many powers fit: those that do are told, too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 3
_POWERS = np.arange(50, 201) / 100
# Of the seconds, root mean square: what runs of one machine differ by at least.
_NOISE = 0.03


@dataclass(frozen=True)
class Growth:
    """Seconds are `fixed + each * amount ** power`; neither `fixed` nor `each` is negative.

    Powers from `least` to `most` fit as well but for noise, which is what the best fit misses, or 3 %: only if they lie
    close together do the amounts tell of the power. None lies below 0.5 or above 2.
    """

    fixed: float
    each: float
    power: float
    least: float
    most: float


def growth(amounts: Sequence[float], seconds: Sequence[float]) -> Growth:
    """The growth that misses the seconds least, each as a share of itself, for noise grows with them.

    Raises ValueError: fewer than three amounts tell of no power.
    """
    if len(set(amounts)) < FEWEST:
        raise ValueError(f"{len(set(amounts))} amounts tell of no power")
    whole = max(amounts)
    parts, told = np.array(amounts) / whole, np.array(seconds, dtype=float)
    fits = [(*_nearest(parts**power, told), float(power)) for power in _POWERS]
    missed, fixed, each, power = min(fits)
    near = [power for error, *_, power in fits if error <= math.hypot(missed, max(missed, _NOISE))]
    return Growth(round(fixed, 3), each / whole**power, power, min(near), max(near))


def _nearest(grown: np.ndarray, told: np.ndarray) -> tuple[float, float, float]:
    """What is missed by the best fixed cost and slope, which both are given, too."""
    terms = np.column_stack([np.ones_like(grown), grown]) / told[:, None]
    found = []
    for used in ([0, 1], [1], [0]):
        some, *_ = np.linalg.lstsq(terms[:, used], np.ones_like(told), rcond=None)
        both = np.zeros(2)
        both[used] = some
        if (both >= 0).all():
            found.append((float(np.sqrt(np.square(terms @ both - 1).mean())), float(both[0]), float(both[1])))
    return min(found)
