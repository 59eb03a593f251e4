"""Random cases that can be had again: LAKE_TEST_SEED and a name → a generator; a test that fails shows the seed."""

import os
import random

SEED = os.environ.get("LAKE_TEST_SEED", "20250324")


def chance(name: str) -> random.Random:
    """The same cases for the same seed and name."""
    print(f"LAKE_TEST_SEED={SEED}")
    return random.Random(f"{SEED} {name}")
