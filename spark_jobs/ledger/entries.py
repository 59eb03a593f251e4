"""A commit as the log tells it → its rows of the ledger: one batch, its partitions, its inputs. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits
from spark_jobs.commits import Commit, Input
from spark_jobs.halt import Halt
from spark_jobs.ledger.log import Entry, row_count

Row = dict[str, Any]
_COUNTS = ("rows_out", "rows_quarantined", "rows_replaced", "files", "size_bytes")


@dataclass(frozen=True)
class Rows:
    """Rows for the tables of `run_ledger`, by the names of their columns."""

    batch: Row
    partitions: tuple[Row, ...]
    inputs: tuple[Row, ...]


def rows(of: Contract, zone: Zone, log: Sequence[Entry]) -> Iterator[Rows]:
    """The ledger of consecutive commits; those that carry nothing of ours (a compaction) are passed over.

    Raises Halt for a table that was restored to a time, and for a file that does not tell its row count.
    """
    newest_first = [{**entry.info, "version": entry.version} for entry in reversed(log)]
    standing = {info["version"] for info in commits.standing(newest_first)}
    for entry in log:
        if entry.info.get("userMetadata"):
            yield _rows(of, zone, entry, is_standing=entry.version in standing)


def _rows(of: Contract, zone: Zone, entry: Entry, *, is_standing: bool) -> Rows:
    commit = commits.parse({**entry.info, "version": entry.version})
    key = {"table_name": commits.input_name(of, zone), "batch": commit.batch}
    partitions = _partitions(entry, commit, str(key["table_name"]))
    sums = {name: _sum(row[name] for row in partitions) for name in _COUNTS}
    days = [row["partition_date"] for row in partitions if row["partition_date"]]
    committed_at = datetime.fromtimestamp(entry.info["timestamp"] / 1000, UTC)
    begun = commit.started_at
    batch = {
        **key,
        "dataset": of.address,
        "zone": zone.value,
        "contract_version": of.version,
        "state": "committed" if is_standing else "undone",
        "operation": _operation(entry, commit),
        "version": entry.version,
        "run": commit.run,
        "edition": commit.contract or None,
        "code_version": commit.code or None,
        "started_at": begun,
        "committed_at": committed_at,
        "seconds": round((committed_at - begun).total_seconds(), 3) if begun else None,
        "first_date": min(days, default=None),
        "last_date": max(days, default=None),
        "rows_in": _rows_in(commit, zone, written=(sums["rows_out"] or 0) + (sums["rows_quarantined"] or 0)),
        **sums,
    }
    inputs = tuple({**key, "ordinal": number, **_fields(one)} for number, one in enumerate(commit.read, 1))
    return Rows(batch, tuple({**key, **row} for row in partitions), inputs)


def _partitions(entry: Entry, commit: Commit, table: str) -> list[Row]:
    """What was added to and removed from each date, and the dates that the batch left or made empty."""
    found: dict[date | None, Row] = {}
    for day in (*commit.dates, *(_place(file)[0] for file in (*entry.adds, *entry.removes))):
        found[day] = {"partition_date": day, **dict.fromkeys(_COUNTS, 0)}
    for add in entry.adds:
        day, status = _place(add)
        row, count = found[day], row_count(add)
        if count is None:
            words = "was written with spark.databricks.delta.stats.collect off: restore the version before, build again"
            raise Halt(f"{table}, version {entry.version}: {add['path']} has no row count; it {words}")
        row["rows_quarantined" if status == tables.REJECTED else "rows_out"] += count
        row["files"] += 1
        row["size_bytes"] += add["size"]
    for remove in entry.removes:
        row = found[_place(remove)[0]]
        row["rows_replaced"] = _sum((row["rows_replaced"], row_count(remove)))
    return [found[day] for day in sorted(found, key=lambda day: day or date.min)]


def _place(file: dict[str, Any]) -> tuple[date | None, str | None]:
    """Date and status of a file's partition."""
    values = dict(file.get("partitionValues") or {})
    status = values.pop("_status", None)
    day = next(iter(values.values()), None)
    return date.fromisoformat(day) if day else None, status


def _sum(counts: Iterable[int | None]) -> int | None:
    """None where one is not known."""
    known = list(counts)
    return None if None in known else sum(count or 0 for count in known)


def _operation(entry: Entry, commit: Commit) -> str:
    asked = entry.info.get("operationParameters", {})
    if commit.is_replay:
        return "replay"
    if str(asked.get("mode")).lower() == "append":
        return "append"
    return "replace_dates" if commit.dates else "replace_all"


def _rows_in(commit: Commit, zone: Zone, written: int) -> int | None:
    """Raw reads what it writes; others told it before they wrote, but for old commits."""
    if zone is Zone.RAW:
        return written
    return commit.rows["replayed"] if commit.is_replay else commit.rows.get("in")


def _fields(one: Input) -> Row:
    return {field.name: getattr(one, field.name) for field in fields(one)}
