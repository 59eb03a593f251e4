"""Sleep as devices record it: a night or nap → stages of whole minutes; a phone knows only asleep and awake."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from local_stack.simulator.body import Day, Night
from local_stack.simulator.places import MINUTE
from local_stack.simulator.randomness import uuids
from local_stack.simulator.readings import Readings, readings
from local_stack.simulator.wardrobe import Device

# One sleep cycle of about 90 minutes: stage and usual minutes.
CYCLE = (("light", 18), ("deep", 24), ("light", 22), ("rem", 20), ("awake", 4))


def sleep_readings(random: np.random.Generator, day: Day, device: Device) -> Iterator[Readings]:
    """The stays in bed that end on this life day and that the device saw from start to end."""
    rests = [day.night, *([day.nap] if day.nap else [])]
    is_phone = device.kind == "phone"
    if random.random() < (0.75 if is_phone else 0.06):  # most phones do not watch sleep; some watches lie on a table
        return
    for rest in rests:
        owned_to = device.owned_to or rest.wake_at
        if device.owned_from <= rest.bed_at and rest.wake_at <= owned_to:
            yield _stages(random, day, device, rest)


def _stages(random: np.random.Generator, day: Day, device: Device, rest: Night) -> Readings:
    minutes = (rest.wake_at - rest.bed_at) // MINUTE
    begins = rest.bed_at + (int(random.integers(-4, 6)) * MINUTE if device.kind == "phone" else 0)
    stages, lengths = _phone_stages(random, minutes) if device.kind == "phone" else _cycles(random, minutes)
    ends = begins + np.cumsum(lengths) * MINUTE
    starts = ends - lengths * MINUTE
    session = uuids(random, 1)[0]
    columns = {
        "starts": starts,
        "ends": ends,
        "values": lengths,
        "offsets": day.life.offsets(starts),
        "sent": starts * 0 + ends[-1] + 1000 * int(random.integers(20, 200)),
    }
    found = readings(random, device, ("sleep", "min"), columns)
    return replace(found, stages=stages, sessions=[session] * len(stages))


def _cycles(random: np.random.Generator, minutes: int) -> tuple[list[str], np.ndarray]:
    """Sleep cycles until the minutes are used up."""
    stages, lengths, left = ["awake"], [int(random.integers(3, 15))], minutes
    left -= lengths[0]
    while left > 0:
        for stage, usual in CYCLE:
            if left <= 0:
                break
            length = min(left, max(1, int(random.normal(usual, usual / 4))))
            stages.append(stage)
            lengths.append(length)
            left -= length
    return stages, np.array(lengths, dtype=np.int64)


def _phone_stages(random: np.random.Generator, minutes: int) -> tuple[list[str], np.ndarray]:
    falls_asleep = int(random.integers(2, 12))
    return ["awake", "asleep"], np.array([falls_asleep, max(1, minutes - falls_asleep)], dtype=np.int64)
