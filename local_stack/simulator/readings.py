"""The columns of health-metrics events of one device and metric, as the device saw them and before they are text."""

from dataclasses import dataclass, field

import numpy as np

from local_stack.simulator.places import MINUTE
from local_stack.simulator.randomness import uuids
from local_stack.simulator.wardrobe import Device

TOPIC = "health-metrics"


@dataclass(frozen=True)
class Readings:
    """Equally long columns; instants in ms since 1970 UTC. `ends`, `stages`, `sessions` only where the metric has them.

    `offsets` are minutes east of UTC; a device that does not write its offset sends `Z` in their place.
    """

    device: Device
    metric: str
    unit: str
    starts: np.ndarray
    values: np.ndarray
    offsets: np.ndarray
    sent: np.ndarray
    event_ids: list[str]
    ends: np.ndarray | None = None
    energy_type: str | None = None
    stages: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.event_ids)

    @property
    def key(self) -> str:
        return f"{self.device.device_id}|{self.metric}"


def sent_in_batches(instants: np.ndarray, every_minutes: int, lag_ms: int) -> np.ndarray:
    """When a device that synchronises every so many minutes sends what it measured."""
    step = every_minutes * MINUTE
    return (instants // step + 1) * step + lag_ms


def readings(
    random: np.random.Generator,
    device: Device,
    what: tuple[str, str],
    columns: dict[str, np.ndarray],
    energy_type: str | None = None,
) -> Readings:
    """Give columns `starts`, `values`, `offsets`, `sent` (and `ends`) of a metric and unit their event ids."""
    return Readings(
        device=device,
        metric=what[0],
        unit=what[1],
        starts=columns["starts"],
        ends=columns.get("ends"),
        values=columns["values"],
        offsets=columns["offsets"],
        sent=columns["sent"],
        event_ids=uuids(random, len(columns["starts"])),
        energy_type=energy_type,
    )
