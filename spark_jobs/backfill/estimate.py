"""How long a backfill will take, from what batches of the same tables took: the run ledger → seconds. Pure."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from statistics import median

# What a task costs before its first query: the process, its imports, a session.
SECONDS_OF_A_TASK = 8.0
# Where all known batches have one size, nothing tells what a row costs.
_SECONDS_OF_A_ROW = 2e-6


def seconds(batches: Sequence[tuple[int, float]], rows: int) -> float | None:
    """Seconds for so many rows, from (rows, seconds) of past batches; None without any.

    A line through the past: its slope is the median of the slopes between all pairs (Theil 1950, Sen 1968), which a
    batch that met a cold server, or a busy one, does not move; its foot the median of what is left.
    """
    if not batches:
        return None
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(batches, 2) if a[0] != b[0]]
    slope = max(median(slopes), 0.0) if slopes else _SECONDS_OF_A_ROW
    foot = median(took - slope * count for count, took in batches)
    return max(foot, 0.0) + slope * rows


def wall(waves: Iterable[Sequence[float]], side_by_side: int) -> float:
    """Seconds from the first to the last of tables that are built in waves, so many at a time."""
    return sum(max(max(wave), sum(wave) / side_by_side) for wave in waves if wave)
