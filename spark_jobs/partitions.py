"""How many rows the partitions of a table hold, told by its log, without Spark."""

from collections.abc import Collection
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import storage


def accepted_rows(of: Contract, zone: Zone, version: int | None, dates: Collection[date] | None) -> int | None:
    """Accepted rows of the partitions of these dates (None: of all) at a version; None where a file does not tell.

    A table that does not exist, whose version is None, has no rows.
    """
    table = storage.open_table(tables.path(of, zone), version) if version is not None else None
    if table is None:
        return 0
    files = pa.table(table.get_add_actions(flatten=True))
    for name in tables.partition_columns(of, zone):
        wanted = [tables.ACCEPTED] if name == "_status" else dates
        if wanted is not None and files.num_rows:
            values = files[f"partition.{name}"]
            files = files.filter(pc.is_in(values, pa.array(list(wanted), values.type)))
    if not files.num_rows:
        return 0
    counts = files["num_records"]
    return None if counts.null_count else int(pc.sum(counts).as_py())
