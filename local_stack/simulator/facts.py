"""The simulator's memory outside the lake: person days → `<home>/truth/facts/<date sent>/<kind>.parquet`.

Facts are what happened, each once, however often and in whatever shape it was sent. A date simulated again
replaces its files. Amounts are whole steps, millimetres, calories and grams; instants are ms since 1970 UTC.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from local_stack.simulator.readings import Readings
from local_stack.simulator.world import PersonDay

OFFSET_UNKNOWN = -10_000
PER_UNIT = {"count": 1, "m": 1000, "km": 1_000_000, "mi": 1_609_344, "kcal": 1000, "kJ": 1000 / 4.184, "bpm": 1}
GRAMS = {"kg": 1000.0, "lb": 453.59237}
Columns = dict[str, Any]
ONLINE = ("interactions", "app_events", "turns")
VITALS = ("hrv", "spo2")
KINDS = ("heart_rates", "intervals", "stages", "weights", *VITALS, "workouts", *ONLINE)


def amounts(values: np.ndarray, unit: str) -> np.ndarray:
    """Values of a unit as whole numbers of its smallest unit, rounded half up."""
    factor = {**PER_UNIT, **GRAMS}[unit]
    return np.floor(values * factor + 0.5).astype(np.int64)


def _offsets(of: Readings) -> np.ndarray:
    return of.offsets if of.device.writes_offset else np.full(len(of), OFFSET_UNKNOWN, dtype=np.int64)


def _table(parts: list[Columns]) -> pa.Table:
    """Columns of many parts one below the other; a single text stands for a whole column."""
    tables = []
    for part in parts:
        length = max(len(column) for column in part.values() if not isinstance(column, str))
        tables.append(pa.table({n: [c] * length if isinstance(c, str) else c for n, c in part.items()}))
    return pa.concat_tables(tables)


def _heart_rates(days: list[PersonDay]) -> list[Columns]:
    found = (of for day in days for of in day.readings if of.metric == "heart_rate")
    return [
        {"device_id": of.device.device_id, "at": of.starts, "offset": _offsets(of), "bpm": of.values} for of in found
    ]


def _intervals(days: list[PersonDay]) -> list[Columns]:
    found = (of for day in days for of in day.readings if of.metric in ("steps", "distance", "energy"))
    return [
        {
            "device_id": of.device.device_id,
            "metric": of.metric,
            "energy_type": of.energy_type or "",
            "start": of.starts,
            "end": of.ends,
            "offset": _offsets(of),
            "amount": amounts(of.values, of.unit),
            "event_id": of.event_ids,
        }
        for of in found
    ]


def _stages(days: list[PersonDay]) -> list[Columns]:
    return [
        {
            "device_id": of.device.device_id,
            "session_id": of.sessions,
            "stage": of.stages,
            "start": of.starts,
            "end": of.ends,
            "offset": _offsets(of),
        }
        for day in days
        for of in day.readings
        if of.metric == "sleep"
    ]


def _weights(days: list[PersonDay]) -> list[Columns]:
    found = (of for day in days for of in day.readings if of.metric == "weight")
    return [
        {
            "device_id": of.device.device_id,
            "at": of.starts,
            "offset": _offsets(of),
            "grams": amounts(of.values, of.unit),
        }
        for of in found
    ]


def _vitals(days: list[PersonDay], metric: str) -> list[Columns]:
    """Hundredths of the metric's unit."""
    found = (of for day in days for of in day.readings if of.metric == metric)
    return [
        {
            "device_id": of.device.device_id,
            "at": of.starts,
            "offset": _offsets(of),
            "hundredths": np.floor(of.values * 100 + 0.5).astype(np.int64),
        }
        for of in found
    ]


def _records(rows: Iterable[object]) -> list[Columns]:
    return [vars(row) for row in rows]


def write_facts(folder: Path, on: date, sent: list[PersonDay], online: list[PersonDay]) -> None:
    """Write what was sent on a date: readings and workouts of `sent`, what those `online` did."""
    target = folder / on.isoformat()
    target.mkdir(parents=True, exist_ok=True)
    columns = {
        "heart_rates": _heart_rates(sent),
        "intervals": _intervals(sent),
        "stages": _stages(sent),
        "weights": _weights(sent),
        **{metric: _vitals(sent, metric) for metric in VITALS},
    }
    rows = {
        "workouts": _records(workout for day in sent for workout in day.workouts),
        **{kind: _records(one for day in online for one in getattr(day, kind)) for kind in ONLINE},
    }
    for kind in KINDS:
        path = target / f"{kind}.parquet"
        if columns.get(kind):
            _write(_table(columns[kind]), path)
        elif rows.get(kind):
            _write(pa.Table.from_pylist(rows[kind]), path)
        else:
            path.unlink(missing_ok=True)


def _write(table: pa.Table, path: Path) -> None:
    """The whole file or none: half a file of an interrupted date would spoil the truth of all the others."""
    half_written = path.with_suffix(".part")
    pq.write_table(table, half_written)
    half_written.replace(path)


def read_facts(folder: Path, kind: str) -> pa.Table | None:
    """All facts of a kind, of all dates; None where there are none."""
    paths = sorted(folder.glob(f"*/{kind}.parquet"))
    return pa.concat_tables([pq.read_table(path) for path in paths], promote_options="permissive") if paths else None
