"""Our pipeline where the profile lets tasks run: in the server, or on workers; whose CPU it takes is told apart.

The services of that profile have just started → one pass that only warms them → what is measured.
"""

import re
from collections import Counter
from typing import Any

import psutil

from benchmarks.kafka_to_marts import ours
from benchmarks.workloads import Given
from local_stack import supervisor


class Ours(ours.Ours):
    @classmethod
    def prepare(cls, given: Given) -> None:
        super().prepare(given)
        for call in cls().stages().values():
            call()
        super().prepare(given)

    def __init__(self) -> None:
        self.before = _spent()

    def told(self) -> dict[str, Any]:
        """`cpu`: seconds of the Spark server, which is the driver, of all workers, of S3 and of the other services."""
        spent = _spent() - self.before
        return {"cpu": {name: round(seconds, 1) for name, seconds in spent.items()}, **super().told()}


def _spent() -> Counter[str]:
    """Seconds of CPU so far, by kind of program; those of a worker are its executors', too."""
    found: Counter[str] = Counter()
    for name, state in supervisor.states().items():
        if state["pid"]:
            process = psutil.Process(state["pid"])
            times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
            found[_KINDS.get(re.sub(r"-\d+$", "", name), "others")] += sum(one.user + one.system for one in times)
    return found


_KINDS = {"spark": "driver", "spark-worker": "workers", "s3": "s3"}
