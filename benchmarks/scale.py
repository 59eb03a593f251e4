"""A paper model: two results of different sizes → fixed cost and cost per event → what any number of events costs.

By stage `t = fixed + each · events`, for seconds of the clock and of CPU: whether the power is 1, W10 tells. Bytes and
files of a day are those of the larger result, by event. What is assumed about people and prices is named in `Assumed`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.results import WHOLE, stages
from benchmarks.workloads import OURS

Told = Mapping[str, Any]
_GB = 1e9


@dataclass(frozen=True)
class Assumed:
    """Prices in dollars, as the large clouds ask them without a contract; files are of 128 MB at this scale."""

    users: int = 10_000_000
    events_per_user: int = 200
    window_hours: float = 4.0
    busy: float = 0.6
    core_hour: float = 0.05
    gb_month: float = 0.023
    thousand_puts: float = 0.005
    file_bytes: int = 128 * 1024 * 1024

    @property
    def events(self) -> int:
        return self.users * self.events_per_user


@dataclass(frozen=True)
class Cost:
    """Of one stage: `fixed` seconds, and `each` for a million events."""

    fixed: float
    each: float

    def of(self, events: int) -> float:
        return self.fixed + self.each * events / 1e6


def costs(small: Told, large: Told, measure: str = "seconds") -> dict[str, Cost]:
    """Stage → cost of ours in W2; `measure` is `seconds` or `cpu_seconds`.

    A stage that takes longer for each event at the larger size has no fixed cost.
    Raises ValueError: the results are of one size, or one has no W2 of ours.
    """
    if small["events"] >= large["events"]:
        raise ValueError(f"{large['events']:,} events are no more than {small['events']:,}")
    one, other = (stages(result, "W2", OURS) for result in (small, large))
    if not one or not other:
        raise ValueError("both results need W2 of ours")
    found = {}
    for stage in one:
        low, high = (getattr(of[stage], measure) for of in (one, other))
        each = min((high - low) / (large["events"] - small["events"]), high / large["events"]) * 1e6
        found[stage] = Cost(round(max(0.0, high - each * large["events"] / 1e6), 3), round(max(0.0, each), 4))
    return found


def missed(small: Told, large: Told, told: Told) -> dict[str, tuple[float, float]]:
    """Stage → seconds that the model of two sizes says of a third, and those that it took.

    Raises ValueError: as `costs`, or the third has no W2 of ours.
    """
    took = stages(told, "W2", OURS)
    if not took:
        raise ValueError("what the model is held to needs W2 of ours")
    return {
        stage: (round(cost.of(told["events"]), 1), took[stage].seconds) for stage, cost in costs(small, large).items()
    }


def day(small: Told, large: Told, assumed: Assumed) -> dict[str, float]:
    """What a day of `assumed` costs: hours of CPU, cores, GB, files and dollars.

    Raises ValueError: as `costs`, or the larger result is older than the count of the bytes that landed.
    """
    cpu_hours = costs(small, large, "cpu_seconds")[WHOLE].of(assumed.events) / 3600
    ours = large["workloads"]["W2"][OURS]
    if "landed_bytes" not in ours:
        raise ValueError("the larger result does not tell how many bytes landed: make it anew")
    per_event = assumed.events / large["events"]
    stored = sum(ours["bytes"].values()) * per_event
    files = stored / assumed.file_bytes
    return {
        "events": assumed.events,
        "landed_gb": round(ours["landed_bytes"] * per_event / _GB, 1),
        "cpu_hours": round(cpu_hours, 1),
        "cores_in_window": round(cpu_hours / assumed.busy / assumed.window_hours, 1),
        **{f"{zone}_gb": round(size * per_event / _GB, 1) for zone, size in ours["bytes"].items()},
        "stored_gb": round(stored / _GB, 1),
        "files": round(files),
        "compute_dollars": round(cpu_hours / assumed.busy * assumed.core_hour, 2),
        "puts_dollars": round(files / 1000 * assumed.thousand_puts, 4),
        "storage_dollars_a_month": round(stored / _GB * assumed.gb_month, 2),
        "storage_dollars_a_month_after_a_year": round(stored / _GB * 365 * assumed.gb_month, 2),
    }
