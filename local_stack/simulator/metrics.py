"""What devices measure of a body: (life day, devices worn) → readings by device and metric."""

from collections.abc import Iterator

import numpy as np

from local_stack.simulator.body import Day
from local_stack.simulator.people import Person
from local_stack.simulator.places import HOUR, MINUTE
from local_stack.simulator.randomness import stream
from local_stack.simulator.readings import Readings, readings, sent_in_batches
from local_stack.simulator.sleep import sleep_readings
from local_stack.simulator.wardrobe import Device

STRIDE_M = 0.73
METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344}
DECIMALS = {"m": 1, "km": 4, "mi": 4}
KILOJOULES_PER_KCAL = 4.184


def metrics_of(seed: int, who: Person, day: Day, device: Device) -> Iterator[Readings]:
    """Everything one device sends about one life day."""
    worn_from = max(device.owned_from, day.life.starts_at)
    worn_to = min(device.owned_to or day.life.ends_at, day.life.ends_at)
    if worn_from >= worn_to:
        return
    random = stream(seed, "metrics", device.device_id, who.number, day.life.date)
    if device.registered_on is None:
        yield _heart_rate(random, day, device, np.arange(worn_from // MINUTE * MINUTE, worn_to, 10 * MINUTE))
    elif device.kind == "scale":
        yield from _weight(random, who, day, device)
    elif device.kind == "phone":
        yield from _phone(random, who, day, device, worn_from, worn_to)
        yield from sleep_readings(random, day, device)
    else:
        yield from _watch(random, who, day, device, worn_from, worn_to)
        yield from sleep_readings(random, day, device)


def _watch(
    random: np.random.Generator, who: Person, day: Day, device: Device, worn_from: int, worn_to: int
) -> Iterator[Readings]:
    charging_from = day.life.starts_at + int(random.integers(19 * 60, 21 * 60)) * MINUTE
    within = (day.minutes >= worn_from) & (day.minutes + MINUTE <= worn_to)
    within &= (day.minutes < charging_from) | (day.minutes >= charging_from + 40 * MINUTE)
    yield _heart_rate(random, day, device, _reading_times(random, day, within))
    shift = int(random.integers(0, 15 * 60)) * 1000
    edges = np.arange(day.life.starts_at + shift, day.life.ends_at + 1, 15 * MINUTE)
    edges = edges[(edges >= worn_from) & (edges <= worn_to)]
    if len(edges) > 1:
        worn_steps = np.where(within, day.steps, 0)
        yield from _movement(random, who, day, device, edges[:-1], edges[1:], worn_steps, keep_still=True)
        yield from _rest_energy(random, who, day, device, worn_from, worn_to)
    yield from _night_vitals(random, day, device, worn_from, worn_to)


def _reading_times(random: np.random.Generator, day: Day, within: np.ndarray) -> np.ndarray:
    """One reading a minute awake, one in two minutes asleep, twelve a minute in a workout."""
    seldom = day.asleep & (np.arange(len(day.minutes)) % 2 == 1)
    sport = np.zeros(len(day.minutes), dtype=bool)
    if day.workout:
        sport = (day.minutes >= day.workout.starts_at) & (day.minutes < day.workout.ends_at)
    often = day.minutes[within & sport]
    calm = day.minutes[within & ~sport & ~seldom]
    calm = calm + random.integers(0, 60, size=len(calm)) * 1000
    dense = (often[:, None] + np.arange(0, MINUTE, 5000)[None, :]).ravel()
    return np.sort(np.concatenate([calm, dense]))


def _heart_rate(random: np.random.Generator, day: Day, device: Device, times: np.ndarray) -> Readings:
    where = np.clip((times - day.minutes[0]) // MINUTE, 0, len(day.minutes) - 1)
    values = np.clip(day.bpm[where] + random.normal(0, 2, size=len(times)), 35, 205).astype(np.int64)
    columns = {
        "starts": times,
        "values": values,
        "offsets": day.life.offsets(times),
        "sent": sent_in_batches(times, 10, 1000 * int(random.integers(2, 50))),
    }
    return readings(random, device, ("heart_rate", "bpm"), columns)


def _sum_between(minutes: np.ndarray, amounts: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Sum of a per-minute amount over [start, end), to whole minutes."""
    totals: np.ndarray = np.concatenate([[0], np.cumsum(amounts)])
    first, last = (np.clip((edge - minutes[0]) // MINUTE, 0, len(minutes)) for edge in (starts, ends))
    between: np.ndarray = totals[last] - totals[first]
    return between


def _movement(
    random: np.random.Generator,
    who: Person,
    day: Day,
    device: Device,
    starts: np.ndarray,
    ends: np.ndarray,
    steps_a_minute: np.ndarray,
    *,
    keep_still: bool,
) -> Iterator[Readings]:
    """Steps, distance and active energy over the same intervals, as this device counts them."""
    noise = random.normal(1, 0.02, size=len(starts))
    counted = np.floor(_sum_between(day.minutes, steps_a_minute, starts, ends) * noise + 0.5).astype(np.int64)
    keep = counted > 0
    if keep_still:  # some firmware also reports that nobody walked
        keep |= random.random(len(starts)) < 0.1
    starts, ends, counted = starts[keep], ends[keep], counted[keep]
    sent = ends + 1000 * int(random.integers(3, 90))
    columns = {"starts": starts, "ends": ends, "offsets": day.life.offsets(starts), "sent": sent}
    yield readings(random, device, ("steps", "count"), {**columns, "values": counted})
    unit = device.distance_unit
    distance = np.round(counted * STRIDE_M * who.height_cm / 175 / METRES[unit], DECIMALS[unit])
    yield readings(random, device, ("distance", unit), {**columns, "values": distance})
    kcal = counted * 0.0004 * who.weight_kg + random.integers(0, 900, size=len(starts)) / 1000
    yield _energy(random, device, "active", {**columns, "values": kcal})


def _energy(random: np.random.Generator, device: Device, energy_type: str, columns: dict[str, np.ndarray]) -> Readings:
    kcal = columns["values"]
    values = np.round(kcal * KILOJOULES_PER_KCAL, 1) if device.energy_unit == "kJ" else np.round(kcal, 3)
    return readings(random, device, ("energy", device.energy_unit), {**columns, "values": values}, energy_type)


def _rest_energy(
    random: np.random.Generator, who: Person, day: Day, device: Device, worn_from: int, worn_to: int
) -> Iterator[Readings]:
    """Energy at rest by the hour; trackers of one make send a total instead."""
    edges = np.arange(day.life.starts_at, day.life.ends_at + 1, HOUR)
    edges = edges[(edges >= worn_from) & (edges <= worn_to)]
    if len(edges) < 2:
        return
    starts, ends = edges[:-1], edges[1:]
    kcal = np.full(len(starts), who.weight_kg * 0.95 + 10) + random.normal(0, 1.5, size=len(starts))
    is_total = device.model.startswith("Pulse Band")
    if is_total:
        kcal = kcal + _sum_between(day.minutes, day.steps, starts, ends) * 0.0004 * who.weight_kg
    columns = {
        "starts": starts,
        "ends": ends,
        "offsets": day.life.offsets(starts),
        "values": kcal,
        "sent": ends + 20_000,
    }
    yield _energy(random, device, "total" if is_total else "basal", columns)


def _phone(
    random: np.random.Generator, who: Person, day: Day, device: Device, worn_from: int, worn_to: int
) -> Iterator[Readings]:
    """A phone counts in stretches of its own, only while it is in a pocket: they overlap the watch's in part."""
    lengths = random.integers(4 * MINUTE, 22 * MINUTE, size=220)
    pauses = np.where(random.random(220) < 0.55, 0, random.integers(0, 40 * MINUTE, size=220))
    starts = day.life.starts_at + np.cumsum(lengths + pauses) - lengths
    ends = starts + lengths
    fits = (starts >= worn_from) & (ends <= worn_to) & (starts > day.night.wake_at) & (ends < day.next_night.bed_at)
    if fits.any():
        yield from _movement(random, who, day, device, starts[fits], ends[fits], day.steps, keep_still=False)


def _weight(random: np.random.Generator, who: Person, day: Day, device: Device) -> Iterator[Readings]:
    times = np.array([day.night.wake_at + 12 * MINUTE + int(random.integers(0, 600)) * 1000])
    kg = who.weight_kg + float(random.normal(0, 0.4))
    if random.random() > 0.5 or day.life.morning != who.home or times[0] < device.owned_from:
        return
    unit, value = ("lb", round(kg / 0.45359237, 1)) if who.writes_miles else ("kg", round(kg, 2))
    columns = {"starts": times, "values": np.array([value]), "offsets": day.life.offsets(times), "sent": times + 4000}
    yield readings(random, device, ("weight", unit), columns)


def _night_vitals(
    random: np.random.Generator, day: Day, device: Device, worn_from: int, worn_to: int
) -> Iterator[Readings]:
    """Heart-rate variability, blood oxygen and skin temperature, a few times a night."""
    begins, ends = max(day.night.bed_at, worn_from), min(day.night.wake_at, worn_to)
    if ends - begins < 2 * HOUR:
        return
    for metric, unit, count, mean, spread, decimals in (
        ("hrv", "ms", 4, 48, 12, 1),
        ("spo2", "%", 5, 97, 0.8, 1),
        ("skin_temperature", "degC", 1, 33.9, 0.4, 2),
    ):
        times = np.sort(random.integers(begins // 1000, ends // 1000, size=count)) * 1000
        values = np.round(np.clip(random.normal(mean, spread, size=count), 5, 99.9), decimals)
        columns: dict[str, np.ndarray] = {
            "starts": times,
            "values": values,
            "offsets": day.life.offsets(times),
            "sent": np.full(count, ends + MINUTE),
        }
        yield readings(random, device, (metric, unit), columns)
