"""Truth of heart rates: readings in order of time → tumbling windows, and minute after minute of each user's trend."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.lib.stride_tricks import sliding_window_view

from local_stack.simulator.facts import OFFSET_UNKNOWN, read_facts
from local_stack.simulator.places import DAY, HOUR, MINUTE
from local_stack.simulator.truth.columns import EPOCH, arrow_type, table
from local_stack.simulator.truth.known import Known

LENGTHS = {"heart_rate_1m": MINUTE, "heart_rate_5m": 5 * MINUTE, "heart_rate_1h": HOUR}
SLIDING = 10
NOTHING_LOW, NOTHING_HIGH = 1_000, -1


@dataclass(frozen=True)
class Beats:
    """Readings as columns, in order of user and time; `user` are numbers of `users`, `day` local days since 1970."""

    users: list[str]
    user: np.ndarray
    at: np.ndarray
    day: np.ndarray
    bpm: np.ndarray


def beats(known: Known, folder: Path) -> Beats:
    """The readings of devices whose owner is known."""
    facts = read_facts(folder, "heart_rates")
    if facts is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Beats([], nothing, nothing, nothing, nothing)
    encoded = facts.column("device_id").combine_chunks().dictionary_encode()
    devices, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    at, offset, bpm = (facts.column(name).to_numpy() for name in ("at", "offset", "bpm"))
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(devices) + 1))
    users: dict[str, int] = {}
    parts = [np.zeros((4, 0), dtype=np.int64)]
    for number, device in enumerate(devices):
        rows = order[edges[number] : edges[number + 1]]
        for owner in known.owners(device):
            owned = rows[(at[rows] >= owner.owned_from) & (at[rows] < owner.owned_to)]
            offsets = offset[owned].copy()
            unknown = offsets == OFFSET_UNKNOWN
            if unknown.any():
                offsets[unknown] = known.offsets(owner.user_id, at[owned][unknown])
            user = users.setdefault(owner.user_id, len(users))
            days = (at[owned] + offsets * MINUTE) // DAY
            parts.append(np.stack([np.full(len(owned), user), at[owned], days, bpm[owned]]))
    readings = np.concatenate(parts, axis=1)
    return Beats(list(users), *readings[:, np.lexsort(readings[2::-1])])


def windows(of: Beats, name: str) -> pa.Table:
    """Rows of a gold table of `LENGTHS`."""
    if not of.users:
        return table(f"health/{name}", [])
    window = of.at // LENGTHS[name]
    is_first = np.ones(len(of.at), dtype=bool)
    is_first[1:] = (of.user[1:] != of.user[:-1]) | (window[1:] != window[:-1])
    first = np.flatnonzero(is_first)
    total = np.add.reduceat(of.bpm, first)
    count = np.diff(np.append(first, len(of.at)))
    return pa.table(
        {
            "event_date": _dates(of.day[first]),
            "user_id": _names(of, of.user[first]),
            "window_start_at": _instants(window[first] * LENGTHS[name]),
            "avg_bpm": _hundredths(total, count),
            "min_bpm": pa.array(np.minimum.reduceat(of.bpm, first), pa.int32()),
            "max_bpm": pa.array(np.maximum.reduceat(of.bpm, first), pa.int32()),
            "sum_bpm": pa.array(total, pa.int64()),
            "reading_count": pa.array(count, pa.int64()),
        }
    )


def trend(of: Beats) -> pa.Table:
    """Rows of `health/heart_rate_trend`: of each user all minutes from the first to the last, one after the other."""
    edges = np.searchsorted(of.user, np.arange(len(of.users) + 1))
    found = [_minutes(of, user, slice(*edges[user : user + 2])) for user in range(len(of.users))]
    return pa.concat_tables(found) if found else table("health/heart_rate_trend", [])


def _minutes(of: Beats, user: int, rows: slice) -> pa.Table:
    minute = of.at[rows] // MINUTE
    place = minute - minute[0]
    length = int(place[-1]) + SLIDING
    bpm = of.bpm[rows]
    counts = np.bincount(place, minlength=length)
    sums = np.bincount(place, weights=bpm, minlength=length).astype(np.int64)
    low, high = np.full(length, NOTHING_LOW), np.full(length, NOTHING_HIGH)
    np.minimum.at(low, place, bpm)
    np.maximum.at(high, place, bpm)
    first = np.searchsorted(place, np.arange(length))
    newest = np.maximum.accumulate(np.where(counts > 0, np.arange(length), -1))
    (count, count_before), (total, total_before) = _now_and_before(counts), _now_and_before(sums)
    kept = np.flatnonzero(count)
    with_before = np.where(count_before > 0, count_before, 1)
    change = _hundredths(
        (total * with_before - total_before * count)[kept], (count * with_before)[kept], count_before[kept] == 0
    )
    return pa.table(
        {
            "event_date": _dates(of.day[rows][first[newest[kept]]]),
            "user_id": _names(of, np.full(len(kept), user)),
            "minute_start_at": _instants((minute[0] + kept) * MINUTE),
            "avg_bpm": _hundredths(total[kept], count[kept]),
            "min_bpm": pa.array(_sliding(low, NOTHING_LOW).min(axis=1)[kept], pa.int32()),
            "max_bpm": pa.array(_sliding(high, NOTHING_HIGH).max(axis=1)[kept], pa.int32()),
            "reading_count": pa.array(count[kept], pa.int64()),
            "change_bpm": change,
        }
    )


def _sliding(values: np.ndarray, nothing: int) -> np.ndarray:
    """Of each place the ten values that end with it."""
    return sliding_window_view(np.concatenate([np.full(SLIDING - 1, nothing), values]), SLIDING)


def _now_and_before(values: np.ndarray) -> Iterator[np.ndarray]:
    """The sums of the ten values that end with each place, and of the ten before these."""
    now = _sliding(values, 0).sum(axis=1)
    yield now
    yield np.concatenate([np.zeros(SLIDING, dtype=np.int64), now])[: len(now)]


def _dates(days: np.ndarray) -> pa.Array:
    return pa.array(np.datetime64(EPOCH) + days.astype("timedelta64[D]"))


def _names(of: Beats, numbers: np.ndarray) -> pa.Array:
    return pa.array(of.users, pa.string()).take(pa.array(numbers))


def _instants(milliseconds: np.ndarray) -> pa.Array:
    return pa.array(milliseconds * 1000, pa.timestamp("us", tz="UTC"))


def _hundredths(numerators: np.ndarray, denominators: np.ndarray, unknown: np.ndarray | None = None) -> pa.Array:
    """Quotients to the nearest hundredth, half away from zero."""
    whole = (200 * np.abs(numerators) + denominators) // (2 * denominators) * np.sign(numerators)
    exact = pa.array(whole, pa.int64(), mask=unknown).cast(pa.decimal128(19, 0))
    return pc.multiply(exact, pa.scalar(Decimal("0.01"))).cast(arrow_type("decimal(6,2)"))
