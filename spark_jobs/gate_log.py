"""What gates have decided, `<lake>/ops/gates`, read without Spark: how far each table has passed."""

import pyarrow.compute as pc

from lake_layout.contracts import Zone
from spark_jobs import ops, storage

TABLE = "gates"
PASSED, WARNED, HALTED, LET_THROUGH = "passed", "warned", "halted", "let_through"


def passed(zone: Zone) -> dict[str, int]:
    """Up to which batch each table of a zone has passed; what no gate has looked at is not there."""
    table = storage.open_table(ops.path(TABLE))
    if table is None:
        return {}
    is_good = (pc.field("zone") == zone.value) & (pc.field("verdict") != HALTED)
    rows = storage.dataset(table, ops.path(TABLE)).to_table(columns=["address", "batch"], filter=is_good)
    newest = rows.group_by("address").aggregate([("batch", "max")])
    return dict(zip(newest["address"].to_pylist(), newest["batch_max"].to_pylist(), strict=True))
