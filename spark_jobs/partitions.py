"""How much the partitions of a table hold, told by its log, without Spark."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import storage
from spark_jobs.publish import delta


@dataclass(frozen=True)
class Size:
    """Accepted rows, None where a file does not tell, and bytes of the files that hold them."""

    rows: int | None
    size_bytes: int


def accepted(
    of: Contract, zone: Zone, version: int | None, dates: Collection[date] | None, root: str | None = None
) -> Size:
    """What the partitions of these dates (None: all) hold at a version; a table whose version is None holds nothing."""
    files = accepted_files(of, zone, version, dates, root)
    if files is None or not files.num_rows:
        return Size(0, 0)
    return Size(rows_of(files), int(pc.sum(files["size_bytes"]).as_py()))


def dates(of: Contract, zone: Zone, version: int | None) -> set[date]:
    """The dates that hold accepted rows at a version; none of a history, or of a table whose version is None."""
    files, name = accepted_files(of, zone, version, None), delta.date_column(of, zone)
    return set(files[f"partition.{name}"].to_pylist()) if files is not None and files.num_rows and name else set()


def rows_of(files: pa.Table) -> int | None:
    """Rows of these files together, none for no files; None where one does not tell."""
    if not files.num_rows:
        return 0
    counts = files["num_records"]
    return None if counts.null_count else int(pc.sum(counts).as_py())


def accepted_files(
    of: Contract, zone: Zone, version: int | None, dates: Collection[date] | None, root: str | None = None
) -> pa.Table | None:
    """The files of these partitions, each with its statistics; None for a table that does not exist."""
    table = storage.open_table(tables.path(of, zone, root), version) if version is not None else None
    if table is None:
        return None
    files = pa.table(table.get_add_actions(flatten=True))
    for name in tables.partition_columns(of, zone):
        wanted = [tables.ACCEPTED] if name == "_status" else dates
        if wanted is not None and files.num_rows:
            values = files[f"partition.{name}"]
            files = files.filter(pc.is_in(values, pa.array(list(wanted), values.type)))
    return files
