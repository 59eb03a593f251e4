"""Where a dataset's tables stand and which columns they have: contract + zone → path, columns, DDL."""

from lake_layout.contracts import EVENT_DATE, Column, Contract, Zone, contract, vocabulary
from lake_layout.profile import profile

ACCEPTED, REJECTED = "accepted", "rejected"


def path(of: Contract, zone: Zone, root: str | None = None) -> str:
    """The URI of a table: `<lake>/<zone>/<source>/<dataset>/v<version>`; `root` is another place than the lake."""
    return f"{root or profile().lake.root}/{zone}/{of.source}/{of.dataset}/v{of.version}"


def input_zone(reader: Contract, address: str) -> Zone:
    """The truest zone of an input: gold before silver before bronze, never beyond the reader's own."""
    order = list(Zone)
    own = order.index(reader.zones[-1])
    return max((z for z in contract(address).zones if order.index(z) <= own), key=order.index)


def _column(name: str, type_: str, description: str) -> Column:
    return Column(name=name, type=type_, description=description)


BATCH = _column("_batch", "bigint", "Batch of this table that wrote the row.")
POSITION = (
    _column("_origin", "string", "Where the row came from: topic, snapshot id, or content hash of a file."),
    _column("_partition", "int", "Kafka partition; 0 for a snapshot or file."),
    _column("_offset", "bigint", "Kafka offset, row of the snapshot, or line of the file (from 1)."),
    _column("_logged_at", "timestamp", "When the log took it, the snapshot was read or the file first seen."),
)
RECORD = tuple(column.name for column in POSITION[:3])
"""What names a record of a dataset, in raw and in bronze."""
STATUS = (
    _column("_status", "string", "accepted or rejected; rejected rows are the quarantine."),
    _column("_reasons", "array<string>", "Why the row was rejected: `<rule>: <words>`."),
)
RAW = (BATCH, _column("_landed_date", "date", "UTC date on which the batch landed."), *POSITION)
RAW_BYTES = (
    _column("_key", "binary", "Key as it came."),
    _column("_value", "binary", "Bytes as they came: Kafka value, or one line of the file."),
    _column(
        "_headers",
        "array<struct<key: string, value: binary>>",
        "Kafka headers; `header` is a CSV file's first line, `file` its path.",
    ),
)
BRONZE = (
    BATCH,
    *POSITION,
    _column("_event_date", "date", "UTC date of the event; of the landing where the event has none."),
    _column("_is_late", "boolean", "Sent more than an hour after the event."),
    *STATUS,
    _column("_payload", "binary", "The record as it came, of a rejected row."),
)
HISTORY = (
    _column("valid_from", "timestamp", "First instant (UTC) of this version; the beginning of time for the first."),
    _column("valid_to", "timestamp", "First instant (UTC) at which it no longer held; null while it holds."),
    _column("_batch", "bigint", "Batch of this table that opened the version."),
    _column("_closed_batch", "bigint", "Batch of this table that closed the version; null while it holds."),
)


def typed(of: Contract) -> list[Column]:
    """The contract's columns as tables hold them: each `offset_timestamp` becomes two columns."""
    columns: list[Column] = []
    for column in of.columns:
        if column.type != "offset_timestamp":
            columns.append(column)
            continue
        words = f"UTC offset of {column.name} as the source wrote it; null where it did not know."
        columns.append(column.model_copy(update={"type": "timestamp"}))
        columns.append(Column(name=column.offset_name, type="int", unit="min", description=words))
    return columns


def columns(of: Contract, zone: Zone) -> list[Column]:
    """All columns of the table, in order; pipeline columns last but for `_batch`, which leads."""
    body = typed(of)
    if zone is Zone.RAW:
        # A raw snapshot has the source's own columns, whatever they are, after these.
        return [*RAW] if of.origin and of.origin.kind == "snapshot" else [*RAW, *RAW_BYTES]
    if zone is Zone.BRONZE:
        return [BATCH, *body, *BRONZE[1:]]
    if is_history(of, zone):
        return [*body, *HISTORY]
    if zone is Zone.SILVER:
        return [*_date_of_event(of), *body, *STATUS]
    return body


def _date_of_event(of: Contract) -> list[Column]:
    """What silver adds where the contract wants events on their local day, or has no date of its own."""
    if not of.dates_events:
        return []
    if of.silver and of.silver.kind == "unique":
        return [_column(EVENT_DATE, "date", f"UTC date of {of.event_time}.")]
    names = (EVENT_DATE, "utc_offset_minutes", "is_offset_assumed")
    return [Column(name=name, **vocabulary()[name]) for name in names]


def partition_columns(of: Contract, zone: Zone) -> tuple[str, ...]:
    """The Delta partition columns of a table."""
    if zone is Zone.RAW:
        return ("_landed_date",)
    if zone is Zone.BRONZE:
        return ("_status", "_event_date")
    date = (of.partition,) if of.partition else ()
    return ("_status", *date) if zone is Zone.SILVER and not is_history(of, zone) else date


def columns_with_statistics(of: Contract, zone: Zone) -> tuple[str, ...]:
    """The columns whose least and greatest values are asked of files; else a table is read by its partitions."""
    asked = ("_batch", "_partition", "_offset", "_logged_at")
    return tuple(one.name for one in columns(of, zone) if one.name in asked)


def is_history(of: Contract, zone: Zone) -> bool:
    """Whether the table holds versions, from `valid_from` to `valid_to`."""
    return zone is Zone.SILVER and of.keeps_history


def grain(of: Contract, zone: Zone) -> tuple[str, ...]:
    """The columns that no two accepted rows of a table share; in raw and bronze the position of the record."""
    if zone in (Zone.RAW, Zone.BRONZE):
        return RECORD
    return (*of.key, "valid_from") if is_history(of, zone) else of.key


def has_status(of: Contract, zone: Zone) -> bool:
    """Whether the table also holds rejected rows."""
    return "_status" in partition_columns(of, zone)


def shown(of: Contract) -> list[Column]:
    """What people see of a dataset: the columns of its truest zone, without those of the pipeline."""
    return [column for column in columns(of, of.zones[-1]) if not column.name.startswith("_")]


def flat_name(of: Contract) -> str:
    """The name of a dataset where names have one part, as in the warehouses: `health__daily_activity`."""
    return f"{of.source}__{of.dataset}"


def ddl(of: list[Column]) -> str:
    """A Spark schema as DDL text, for `from_json`, `from_csv` and CREATE TABLE."""
    return ", ".join(f"`{column.name}` {column.type}" for column in of)
