"""How the ledger is printed: a line for each batch, or all of one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from lake_cli import columns
from lake_cli.quarantine_screen import escaped
from lake_cli.screen import err, out

Row = dict[str, Any]
_COUNTS = {
    "rows_in": "in",
    "rows_out": "out",
    "rows_quarantined": "rejected",
    "rows_late": "late",
    "rows_duplicate": "twice",
    "rows_replaced": "replaced",
}


def batches(found: Sequence[Row]) -> None:
    if not found:
        err.print("no batches, as far as was asked")
        return
    names = ["committed (UTC)", "table", "batch", *_COUNTS.values()]
    rows = [
        [
            f"{row['committed_at']:%Y-%m-%d %H:%M}",
            row["table_name"] + (" (undone)" if row["state"] == "undone" else ""),
            str(row["batch"]),
            *(columns.count(row[name]) for name in _COUNTS),
        ]
        for row in found
    ]
    columns.table(names, rows, left=2)
    err.print("`lake ledger show TABLE BATCH` shows all of one; - is not counted there", style="dim", markup=False)


def batch(found: Row) -> None:
    seconds = f", {found['seconds']:,.1f} s after it began" if found["seconds"] is not None else ""
    cpu = f", by {found['cpu_seconds']:,.1f} s of CPU" if found["cpu_seconds"] is not None else ""
    fields = {
        "batch": f"{found['batch']} of {found['table_name']}, {found['state']}",
        "wrote": f"version {found['version']} of the table, by {found['operation']}",
        "committed": f"{found['committed_at']:%Y-%m-%d %H:%M:%S} UTC{seconds}{cpu}",
        "rows": ", ".join(f"{found[name]:,} {word}" for name, word in _COUNTS.items() if found[name] is not None),
        "files": f"{found['files']:,}, {columns.size(found['size_bytes'])}",
        "contract": found["edition"] or f"version {found['contract_version']}, which judges no rows here",
        "code": found["code_version"] or "not told",
        "run": found["run"],
    }
    for name, value in fields.items():
        out.print(f"{name:<10}{escaped(str(value))}", markup=False)
    _inputs(found["inputs"])
    _partitions(found["partitions"])


def _inputs(found: Sequence[Row]) -> None:
    out.print("\nread", style="bold")
    rows = [
        [
            one["kind"],
            one["name"],
            _what(one),
            columns.count(one["row_count"]),
            columns.size(one["size_bytes"]),
            (one["checksum"] or "")[:12],
        ]
        for one in found
    ]
    if not rows:
        out.print("  the commit does not tell: it is older than the ledger")
        return
    columns.table(["kind", "name", "what", "rows", "size", "sha256"], rows, left=3)


def _what(one: Row) -> str:
    if one["kind"] == "kafka":
        return f"partition {one['kafka_partition']}: offsets {one['first_offset']:,} to {one['last_offset']:,}"
    if one["kind"] != "table":
        return ""
    if one["version"] is None:
        return "did not exist"
    if one["first_batch"] is None:
        return f"version {one['version']}, no batch new"
    span = "to".join(f" {number} " for number in dict.fromkeys((one["first_batch"], one["last_batch"]))).strip()
    return f"version {one['version']}, new: batch {span}"


def _partitions(found: Sequence[Row]) -> None:
    out.print("\nwrote", style="bold")
    names = ("rows_out", "rows_quarantined", "rows_replaced", "files")
    rows = [
        [_date(one["partition_date"]), *(columns.count(one[name]) for name in names), columns.size(one["size_bytes"])]
        for one in found
    ]
    columns.table(["partition", "out", "rejected", "replaced", "files", "size"], rows, left=1)


def _date(value: date | datetime | None) -> str:
    return value.isoformat() if value else "all"
