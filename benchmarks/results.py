"""What runs have told: their files → medians and spreads of each contender → one file; and two of those compared.

Seconds of two machines cannot be compared, so a comparison holds ours against a peer of the same file: what counts is
the ratio of both, and whether it moved by more than their runs differ anyway.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import fit
from benchmarks.workloads import OURS, WORKLOADS

WHOLE = "whole"
FOLDER = Path(__file__).with_name("results")
_LEAST_NOISE = 0.10


@dataclass(frozen=True)
class Measure:
    """Seconds of the measured runs: the median, the least and the most; and the median of CPU seconds."""

    seconds: float
    least: float
    most: float
    cpu_seconds: float

    @property
    def noise(self) -> float:
        """How far runs differ, as a share of the median."""
        return (self.most - self.least) / self.seconds if self.seconds else 0.0


def gathered(folder: Path) -> dict[str, Any]:
    """Workload → contender → stages with their measures, and what else its last run told; those without runs not."""
    found = {
        workload: {name: _contender(folder, f"{workload}-{name}") for name in one.contenders}
        for workload, one in WORKLOADS.items()
    }
    return {
        workload: {name: told for name, told in told_of.items() if told}
        for workload, told_of in found.items()
        if any(told_of.values())
    }


def _contender(folder: Path, name: str) -> dict[str, Any]:
    """The first run is there to warm up; of a contender that is run once it is the one that counts."""
    runs = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob(f"{name}-[0-9]*.json"))}
    counted = [run for nth, run in runs.items() if nth != f"{name}-0"] or list(runs.values())
    if not counted:
        return {}
    stages = {stage: _measure([run["stages"][stage] for run in counted]) for stage in counted[0]["stages"]}
    stages[WHOLE] = _measure([_summed(run["stages"]) for run in counted])
    more = {key: told for key, told in counted[-1].items() if key not in ("stages", "checksums")}
    return {"runs": len(counted), "stages": {stage: asdict(one) for stage, one in stages.items()}, **more}


def _measure(told: Sequence[Mapping[str, float]]) -> Measure:
    seconds = [one["seconds"] for one in told]
    return Measure(median(seconds), min(seconds), max(seconds), round(median(one["cpu_seconds"] for one in told), 2))


def _summed(stages: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {key: round(sum(one[key] for one in stages.values()), 3) for key in ("seconds", "cpu_seconds")}


def growths(contenders: Mapping[str, Any]) -> dict[str, Any]:
    """Stage → how its seconds grow with events; none unless contenders tell of different numbers of them."""
    told = [one for one in contenders.values() if "events" in one]
    if len(told) < fit.FEWEST:
        return {}
    amounts = [one["events"] for one in told]
    of_stages = {stage: [one["stages"][stage]["seconds"] for one in told] for stage in told[0]["stages"]}
    return {stage: asdict(fit.growth(amounts, seconds)) for stage, seconds in of_stages.items()}


def stages(result: Mapping[str, Any], workload: str, name: str) -> dict[str, Measure]:
    """Of a result file: stage → measure, `whole` last; empty where it has no such contender."""
    found = result["workloads"].get(workload, {}).get(name, {"stages": {}})
    return {stage: Measure(**told) for stage, told in found["stages"].items()}


def regressions(old: Mapping[str, Any], new: Mapping[str, Any], peer: str) -> list[str]:
    """What takes longer than it did, beyond noise: a sentence for each stage of a workload.

    Raises ValueError: the files are of different sizes, or have no workload in common with ours and the peer.
    """
    if old["events"] != new["events"]:
        raise ValueError(f"{old['events']:,} events cannot be compared with {new['events']:,}")
    found, compared = [], 0
    for workload in WORKLOADS:
        four = [stages(result, workload, name) for result in (old, new) for name in (OURS, peer)]
        for stage in [stage for stage in four[0] if all(stage in one for one in four)]:
            compared += 1
            was, was_peer, now, now_peer = (one[stage] for one in four)
            before, after = was.seconds / was_peer.seconds, now.seconds / now_peer.seconds
            noise = max(_LEAST_NOISE, was.noise + was_peer.noise, now.noise + now_peer.noise)
            if after > before * (1 + noise):
                words = f"took {before:.2f} times {peer}, now {after:.2f} (noise {noise:.0%})"
                found.append(f"{workload} {stage}: {OURS} {words}")
    if not compared:
        raise ValueError(f"both files need runs of {OURS} and of {peer}")
    return found
