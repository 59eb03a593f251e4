"""What gates have decided, `<lake>/ops/gates`, read without Spark: how far each table has passed.

A table that is made anew, or of a new version of its contract, is another one, whose batches begin with 1 again.
"""

import pyarrow.compute as pc

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import ops, storage

TABLE = "gates"
PASSED, WARNED, HALTED, LET_THROUGH = "passed", "warned", "halted", "let_through"


def table_id(of: Contract, zone: Zone) -> str | None:
    """Delta's own name for the table that stands; None where there is none."""
    table = storage.open_table(tables.path(of, zone))
    return str(table.metadata().id) if table else None


def passed(zone: Zone) -> dict[tuple[str, str | None], int]:
    """Address and id of a table of a zone → up to which batch it has passed; not there: no gate has looked at it."""
    table = storage.open_table(ops.path(TABLE))
    if table is None or "table_id" not in {field.name for field in table.schema().fields}:
        return {}
    is_good = (pc.field("zone") == zone.value) & (pc.field("verdict") != HALTED)
    columns = ["address", "table_id", "batch"]
    rows = storage.dataset(table, ops.path(TABLE)).to_table(columns=columns, filter=is_good)
    newest = rows.group_by(["address", "table_id"]).aggregate([("batch", "max")]).to_pylist()
    return {(row["address"], row["table_id"]): row["batch_max"] for row in newest}
