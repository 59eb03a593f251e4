"""Every table of the lake as its log tells it, without Spark: contracts → grain, rows, newest date, batch, gate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits, gate_log, partitions
from spark_jobs.publish import delta


@dataclass(frozen=True)
class State:
    """One table. A table that does not exist yet has no version; a count is None where a file does not tell its rows.

    `rows` are accepted ones, `size_bytes` is of all files of the version; `begun_at` (UTC) is of the last batch, and
    `gate` what the gate last said: passed, warned, halted or let_through.
    """

    table: str
    description: str
    grain: tuple[str, ...]
    version: int | None = None
    rows: int | None = None
    rejected: int | None = None
    size_bytes: int | None = None
    first_date: date | None = None
    newest_date: date | None = None
    batch: int | None = None
    begun_at: datetime | None = None
    gate: str | None = None


def states(wanted: Iterable[Contract], zones: Iterable[Zone]) -> list[State]:
    """The tables of these datasets in these zones, a dataset's zones in their order."""
    chosen, said = list(zones), gate_log.verdicts()
    return [_state(of, zone, said) for of in wanted for zone in of.zones if zone in chosen]


def _state(of: Contract, zone: Zone, said: Mapping[str, str]) -> State:
    name, grain = commits.input_name(of, zone), tables.grain(of, zone)
    table = delta.open_table(of, zone)
    if table is None:
        return State(name, of.description, grain)
    files = pa.table(table.get_add_actions(flatten=True))
    is_rejected = _is_rejected(files)
    accepted, rejected = files.filter(pc.invert(is_rejected)), files.filter(is_rejected)
    dates = _dates(accepted, delta.date_column(of, zone))
    last = commits.newest(of, zone)
    return State(
        name,
        of.description,
        grain,
        version=table.version(),
        rows=partitions.rows_of(accepted),
        rejected=partitions.rows_of(rejected) if tables.has_status(of, zone) else None,
        size_bytes=pc.sum(files["size_bytes"]).as_py() or 0,
        first_date=min(dates, default=None),
        newest_date=max(dates, default=None),
        batch=last.batch if last else None,
        begun_at=last.started_at if last else None,
        gate=said.get(str(table.metadata().id)),
    )


def _is_rejected(files: pa.Table) -> pa.Array:
    if "partition._status" not in files.column_names:
        return pa.array([False] * files.num_rows, pa.bool_())
    return pc.equal(files["partition._status"], tables.REJECTED).combine_chunks()


def _dates(files: pa.Table, column: str | None) -> list[date]:
    """Dates of files that hold rows; an empty date leaves no file."""
    name = f"partition.{column}"
    return [day for day in files[name].to_pylist() if day] if name in files.column_names else []
