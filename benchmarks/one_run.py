"""One run of one contender, in a process of its own: prepared → every stage timed → what it made → a JSON file."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.workloads import Contender, Given


def run(contender: type[Contender], given: Given, result: Path) -> None:
    """`result` is written as a whole, or not at all."""
    contender.prepare(given)
    made = contender()
    stages = {name: timed(call) for name, call in made.stages().items()}
    result.parent.mkdir(parents=True, exist_ok=True)
    half = result.with_suffix(".half")
    half.write_text(json.dumps({"stages": stages, **made.told()}, indent=1))
    half.rename(result)


def timed(call: Callable[[], Any]) -> dict[str, float]:
    """Seconds of the clock, and seconds of CPU of the whole machine, for all who work for a pipeline count."""
    busy, begin = _busy(), time.monotonic()
    call()
    return {"seconds": round(time.monotonic() - begin, 3), "cpu_seconds": round(_busy() - busy, 2)}


def _busy() -> float:
    spent = psutil.cpu_times()
    return float(spent.user + spent.nice + spent.system)
