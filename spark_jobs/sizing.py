"""How many tasks write a batch, for a task makes one file for each partition that it meets; what each reads whole."""

import math

ROWS_PER_TASK = 500_000
# Versions of a history that goes to every task whole: by estimate 300 MB in the driver, and in each executor.
BROADCAST_ROWS = 2_000_000


def tasks_for(rows: int) -> int:
    """Tasks for a number of rows, so that a small batch does not become cores × dates files."""
    return max(1, math.ceil(rows / ROWS_PER_TASK))
