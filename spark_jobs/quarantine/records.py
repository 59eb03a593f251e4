"""Rejected rows, read without Spark: Delta tables → DuckDB → records that wait for a person.

Open in bronze = rejected, less what a later replay accepted, less what was discarded, by position; of a position
that was rejected several times the newest batch counts. A rejected silver row is open as long as its date has it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import commits, storage
from spark_jobs.quarantine import discards

_ID = re.compile(r"(?P<partition>\d+):(?P<offset>\d+)(@(?P<origin>.+))?")
_SILVER_ID = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2}):(?P<digest>[0-9a-f]{8})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHOWN_DIGEST = 12


@dataclass(frozen=True)
class Wanted:
    """Which records: each field that is given narrows; `discarded` None means both kinds."""

    rule: str | None = None
    first: date | None = None
    last: date | None = None
    discarded: bool | None = False


@dataclass(frozen=True)
class Broken:
    """How many records broke a rule in the same way, and their first and last event date (UTC in bronze)."""

    zone: Zone
    address: str
    rule: str
    words: str
    records: int
    first: date
    last: date


@dataclass(frozen=True)
class Record:
    """One rejected row; what silver does not know (position, batch, discard) is null there."""

    zone: Zone
    address: str
    id: str
    event_date: date
    reasons: tuple[str, ...]
    origin: str | None = None
    partition: int | None = None
    offset: int | None = None
    logged_at: datetime | None = None
    batch: int | None = None
    discarded_at: datetime | None = None
    discarded_by: str | None = None
    discarded_because: str | None = None


def zones(of: Contract) -> list[Zone]:
    """The zones in which rows of the dataset can be rejected."""
    return [zone for zone in of.zones if tables.has_status(of, zone)]


def summary(of: Contract, zone: Zone, wanted: Wanted) -> list[Broken]:
    """What was broken how often, the most frequent first; a record that broke two rules counts in both."""
    found = _query(of, zone, wanted, """
        select split_part(reason, ': ', 1) as rule, split_part(reason, ': ', 2) as words,
            count(*) as records, min(day) as first, max(day) as last
        from (select day, unnest(_reasons) as reason from waiting where {wanted})
        group by all order by records desc, rule, words
    """)  # fmt: skip
    return [Broken(zone, of.address, **row) for row in found if wanted.rule in (None, row["rule"])]


def count(of: Contract, zone: Zone, wanted: Wanted) -> tuple[int, date | None, date | None]:
    """How many records there are, and their first and last event date."""
    counted = "select count(*) as records, min(day) as first, max(day) as last from waiting where {wanted}"
    for row in _query(of, zone, wanted, counted):
        return row["records"], row["first"], row["last"]
    return 0, None, None


def find(of: Contract, zone: Zone, wanted: Wanted, limit: int | None = None) -> list[Record]:
    """Records, the newest event dates first."""
    order = "_origin, _partition, _offset" if zone is Zone.BRONZE else ", ".join(of.key)
    at_most = "" if limit is None else f"limit {limit:d}"
    sql = f"select {_shown(zone)} from waiting where {{wanted}} order by day desc, {order} {at_most}"
    return [_record(of, zone, row) for row in _query(of, zone, wanted, sql)]


def named(of: Contract, id_: str) -> Record:
    """The record with an id as `find` gives it; of a bronze id the origin, or its end, may be left out.

    Raises ValueError: there is none, or more than one.
    """
    if parts := _SILVER_ID.fullmatch(id_):
        day = date.fromisoformat(parts["day"])
        found = [one for one in find(of, Zone.SILVER, Wanted(first=day, last=day)) if one.id == id_][:1]
    elif parts := _ID.fullmatch(id_):
        at = {"partition": int(parts["partition"]), "offset": int(parts["offset"]), "origin": parts["origin"] or ""}
        sql = f"""select {_shown(Zone.BRONZE)} from waiting
            where _partition = $partition and _offset = $offset and starts_with(_origin, $origin)"""
        rows = _query(of, Zone.BRONZE, Wanted(discarded=None), sql, at)
        found = [_record(of, Zone.BRONZE, row) for row in rows]
    else:
        raise ValueError(f"{id_} is no id of a record: `lake quarantine list {of.address}` prints them")
    if len(found) > 1:
        raise ValueError(f"{id_} may be any of: {', '.join(_full_id(one) for one in found[:10])}")
    if not found:
        raise ValueError(f"{of.address}: no record {id_} in quarantine; `lake quarantine list {of.address}` tells")
    return found[0]


def content(of: Contract, record: Record) -> dict[str, Any]:
    """The whole row as its table has it: column → value."""
    uri = tables.path(of, record.zone)
    table = storage.open_table(uri)
    assert table is not None
    rejected = storage.dataset(table, uri, tables.REJECTED)
    if record.zone is Zone.BRONZE:
        at = {
            "_origin": record.origin,
            "_partition": record.partition,
            "_offset": record.offset,
            "_batch": record.batch,
        }
        found = rejected.to_table(filter=_equal(at)).to_pylist()
    else:
        rows = rejected.to_table(filter=_equal({str(of.partition): record.event_date}))
        found = [row for row in rows.to_pylist() if _silver_id(of, row) == record.id]
    return dict(found[0])


def _equal(values: Mapping[str, Any]) -> ds.Expression:
    first, *others = (ds.field(name) == value for name, value in values.items())
    for other in others:
        first &= other
    return first


def _shown(zone: Zone) -> str:
    """What a record is made of; a silver row has no position, so that all of it names it."""
    if zone is not Zone.BRONZE:
        return "*"
    return "day, _reasons, _origin, _partition, _offset, _logged_at, _batch, discarded_at, discarded_by, because"


def _record(of: Contract, zone: Zone, row: Mapping[str, Any]) -> Record:
    reasons = tuple(row["_reasons"])
    if zone is not Zone.BRONZE:
        return Record(zone, of.address, _silver_id(of, row), row["day"], reasons)
    origin, partition, offset = (row[name] for name in tables.RECORD)
    shown = origin[:_SHOWN_DIGEST] if _SHA256.fullmatch(origin) else origin
    given_up = (row["discarded_at"], row["discarded_by"], row["because"])
    place = (origin, partition, offset, row["_logged_at"], row["_batch"])
    return Record(zone, of.address, f"{partition}:{offset}@{shown}", row["day"], reasons, *place, *given_up)


def _full_id(record: Record) -> str:
    return f"{record.partition}:{record.offset}@{record.origin}"


def _silver_id(of: Contract, row: Mapping[str, Any]) -> str:
    """The date and a digest of what the row says, which stays while rules change."""
    said = json.dumps([row.get(column.name) for column in tables.typed(of)], default=str)
    return f"{row[str(of.partition)]}:{sha256(said.encode()).hexdigest()[:8]}"


def _query(
    of: Contract, zone: Zone, wanted: Wanted, sql: str, more: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query over the view `waiting`; `{wanted}` in it becomes the condition of what is wanted."""
    uri = tables.path(of, zone)
    table = storage.open_table(uri) if zone in zones(of) else None
    if table is None:
        return []
    with duckdb.connect() as lake:
        lake.register("rejected", storage.dataset(table, uri, tables.REJECTED))
        if zone is Zone.BRONZE:
            _define_open(lake, of, storage.dataset(table, uri, tables.ACCEPTED))
        else:
            lake.execute(f"create view waiting as select *, {of.partition} as day from rejected")
        conditions, given = _conditions(zone, wanted)
        parameters = {**given, **(more or {})}
        found: pa.Table = lake.sql(sql.format(wanted=conditions), params=parameters or None).to_arrow_table()
        return list(found.to_pylist())


def _define_open(lake: duckdb.DuckDBPyConnection, of: Contract, accepted: ds.Dataset) -> None:
    replays = commits.replays(of)
    lake.register("repaired", _repaired(accepted, replays))
    lake.register("discards", discards.known(of))
    position = ", ".join(tables.RECORD)
    # Without a replay each position was judged once, and a condition on dates reads their files only.
    newest = f"qualify row_number() over (partition by {position} order by _batch desc) = 1" if replays != [] else ""
    lake.execute(f"create view judged as select *, _event_date as day from rejected {newest}")
    lake.execute(f"""create view waiting as
        select * from (from judged anti join repaired using ({position})) left join discards using ({position})""")


def _repaired(accepted: ds.Dataset, replays: Iterable[int] | None) -> pa.Table:
    """Positions that a replay accepted; of all accepted rows where nobody knows which batches were replays."""
    if replays == []:
        return accepted.schema.empty_table()
    asked = None if replays is None else ds.field("_batch").isin(list(replays))
    return accepted.to_table(columns=list(tables.RECORD), filter=asked)


def _conditions(zone: Zone, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    said = {
        "list_contains([split_part(reason, ': ', 1) for reason in _reasons], $rule)": ("rule", wanted.rule),
        "day >= $first": ("first", wanted.first),
        "day <= $last": ("last", wanted.last),
    }
    given = {sql: one for sql, one in said.items() if one[1] is not None}
    conditions = list(given)
    if zone is Zone.BRONZE and wanted.discarded is not None:
        conditions.append(f"discarded_at is {'not ' if wanted.discarded else ''}null")
    elif wanted.discarded:
        conditions.append("false")
    return " and ".join(conditions) or "true", dict(given.values())
