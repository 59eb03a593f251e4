"""How many tasks write a batch: a task makes one file for each partition that it meets."""

import math

ROWS_PER_TASK = 500_000


def tasks_for(rows: int) -> int:
    """Tasks for a number of rows, so that a small batch does not become cores × dates files."""
    return max(1, math.ceil(rows / ROWS_PER_TASK))
