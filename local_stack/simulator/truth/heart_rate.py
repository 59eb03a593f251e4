"""Truth of `health/heart_rate_5m`: readings → windows of five minutes of each user."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from local_stack.simulator.facts import OFFSET_UNKNOWN, read_facts
from local_stack.simulator.places import DAY, MINUTE
from local_stack.simulator.truth.columns import EPOCH, arrow_type
from local_stack.simulator.truth.known import Known

WINDOW = 5 * MINUTE


def _owned_readings(known: Known, facts: pa.Table) -> tuple[list[str], np.ndarray]:
    """Users, and readings as columns (number of user, instant, local day, bpm), in order of user and time."""
    encoded = facts.column("device_id").combine_chunks().dictionary_encode()
    devices, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    at, offset, bpm = (facts.column(name).to_numpy() for name in ("at", "offset", "bpm"))
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(devices) + 1))
    users: dict[str, int] = {}
    parts = []
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
    return list(users), readings[:, np.lexsort(readings[2::-1])]


def heart_rate_5m(known: Known, folder: Path) -> pa.Table:
    """The gold table, in its contract's columns."""
    facts = read_facts(folder, "heart_rates")
    names = ("event_date", "user_id", "window_start_at", "avg_bpm", "min_bpm", "max_bpm", "sum_bpm", "reading_count")
    if facts is None:
        return pa.table({name: [] for name in names})
    users, (user, at, day, bpm) = _owned_readings(known, facts)
    window = at // WINDOW
    is_first = np.ones(len(at), dtype=bool)
    is_first[1:] = (user[1:] != user[:-1]) | (window[1:] != window[:-1])
    first = np.flatnonzero(is_first)
    total = np.add.reduceat(bpm, first)
    count = np.diff(np.append(first, len(at)))
    hundredths = (200 * total + count) // (2 * count)
    return pa.table(
        {
            "event_date": pa.array(np.datetime64(EPOCH) + day[first].astype("timedelta64[D]")),
            "user_id": pa.array(np.array(users, dtype=object)[user[first]], pa.string()),
            "window_start_at": pa.array(window[first] * WINDOW * 1000, pa.timestamp("us", tz="UTC")),
            "avg_bpm": _hundredths(hundredths),
            "min_bpm": pa.array(np.minimum.reduceat(bpm, first), pa.int32()),
            "max_bpm": pa.array(np.maximum.reduceat(bpm, first), pa.int32()),
            "sum_bpm": pa.array(total, pa.int64()),
            "reading_count": pa.array(count, pa.int64()),
        }
    )


def _hundredths(values: np.ndarray) -> pa.Array:
    texts = [f"{value // 100}.{value % 100:02d}" for value in values.tolist()]
    return pa.array(texts, pa.string()).cast(arrow_type("decimal(6,2)"))
