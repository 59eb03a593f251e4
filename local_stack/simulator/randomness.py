"""Chance that repeats: (seed, what, who, when) → the same random stream and the same UUIDs, whatever ran before."""

import zlib
from datetime import date

import numpy as np

Part = int | str | date


def stream(seed: int, *parts: Part) -> np.random.Generator:
    """A random stream of its own for these parts."""
    return np.random.Generator(np.random.PCG64([seed, *map(_number, parts)]))


def _number(part: Part) -> int:
    if isinstance(part, str):
        return zlib.crc32(part.encode())
    return part.toordinal() if isinstance(part, date) else part


def uuids(random: np.random.Generator, count: int) -> list[str]:
    """`count` UUIDs of version 4."""
    digits = random.bytes(16 * count).hex()
    return [
        f"{digits[i : i + 8]}-{digits[i + 8 : i + 12]}-4{digits[i + 13 : i + 16]}"
        f"-a{digits[i + 17 : i + 20]}-{digits[i + 20 : i + 32]}"
        for i in range(0, 32 * count, 32)
    ]
