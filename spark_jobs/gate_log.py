"""What gates have decided, `<lake>/ops/gates`, read without Spark: how far each table has passed.

A table that is made anew, or of a new version of its contract, is another one, whose batches begin with 1 again.
"""

import pyarrow as pa
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


def passed(zone: Zone) -> dict[str, int]:
    """Id of a table of a zone → up to which batch it has passed; what no gate has looked at is not there."""
    is_good = (pc.field("zone") == zone.value) & (pc.field("verdict") != HALTED)
    newest = _said(["batch"], is_good).group_by("table_id").aggregate([("batch", "max")])
    return dict(zip(newest["table_id"].to_pylist(), newest["batch_max"].to_pylist(), strict=True))


def verdicts() -> dict[str, str]:
    """Id of a table → what a gate last said of it."""
    lines = _said(["gated_at", "verdict"], pc.scalar(True)).sort_by("gated_at")
    return dict(zip(lines["table_id"].to_pylist(), lines["verdict"].to_pylist(), strict=True))


def _said(columns: list[str], condition: pc.Expression) -> pa.Table:
    """What gates have said of tables that they named; in old lakes they named none."""
    table = storage.open_table(ops.path(TABLE))
    if table is None or "table_id" not in {field.name for field in table.schema().fields}:
        return pa.table({name: pa.array([], pa.string()) for name in ("table_id", *columns)})
    rows = storage.dataset(table, ops.path(TABLE))
    return rows.to_table(columns=["table_id", *columns], filter=condition & pc.field("table_id").is_valid())
