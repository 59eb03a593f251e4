"""Delta tables for reading only, without Spark: URI (+ version) → an open table, its files and their dates."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import storage


@dataclass(frozen=True)
class File:
    """One data file of a version: `date` is null in a table without dates."""

    path: str
    row_count: int
    date: date | None


def open_table(of: Contract, zone: Zone, version: int | None = None) -> DeltaTable | None:
    """The table at a version, the newest by default; None while it does not exist."""
    return storage.open_table(tables.path(of, zone), version)


def date_column(of: Contract, zone: Zone) -> str | None:
    """The partition column that places a file in time."""
    dates = [name for name in tables.partition_columns(of, zone) if name != "_status"]
    return dates[0] if dates else None


def files(table: DeltaTable, of: Contract, zone: Zone) -> list[File]:
    """The files that hold accepted rows.

    Raises ValueError: a file was written without its row count.
    """
    actions = pa.table(table.get_add_actions(flatten=True))
    date_name = f"partition.{date_column(of, zone)}"
    wanted = [name for name in ("path", "num_records", date_name, "partition._status") if name in actions.column_names]
    found = []
    for row in actions.select(wanted).to_pylist():
        if row.get("partition._status", tables.ACCEPTED) != tables.ACCEPTED:
            continue
        if row["num_records"] is None:
            raise ValueError(f"{of.address}: the file {row['path']} does not say how many rows it has")
        found.append(File(row["path"], row["num_records"], row.get(date_name)))
    return found


Known = tuple[str | None, int | None]
"""Delta's own name of a table, and a version; both None while it does not exist."""


def changed_dates(of: Contract, zone: Zone, was: Known, now: Known) -> list[date] | None:
    """Dates of the files that only one of two versions has; None where all may be different."""
    if was[0] != now[0]:
        return None
    if was[1] == now[1]:
        return []
    if date_column(of, zone) is None:
        return None
    try:
        old, new = (_files_at(of, zone, version) for version in (was[1], now[1]))
    except DeltaError:  # the log no longer reaches back to the older version
        return None
    return sorted({file.date for file in old ^ new if file.date})


def _files_at(of: Contract, zone: Zone, version: int | None) -> set[File]:
    table = open_table(of, zone, version)
    return set(files(table, of, zone)) if table else set()
