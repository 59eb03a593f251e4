"""Lengths of time as contracts write them: `36h`, `35d`, `5y`."""

from typing import Annotated

from pydantic import Field

Length = Annotated[str, Field(pattern=r"^\d+[hdy]$")]
"""A number and a unit: hours, days or years."""
_UNIT_SECONDS = {"h": 3600, "d": 86_400, "y": 31_557_600}


def seconds(length: str) -> int:
    """Seconds of a length."""
    return int(length[:-1]) * _UNIT_SECONDS[length[-1]]
