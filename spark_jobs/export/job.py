"""Rows of the current release as files for others: release → pinned version → one file a date → manifest.

Every file is a date of the dataset, so that a partner fetches what is new; a dataset without dates is one file. The
same export of the same release is made once. Without Spark. Alone: `lake export health/daily_activity --format csv`.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable

from expectations.rules import edition
from lake_layout import names, tables
from lake_layout.contracts import Column, Contract
from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.export import lock, manifest
from spark_jobs.export.manifest import Exported, File, Format, Manifest, Personal
from spark_jobs.publish import delta
from spark_jobs.release import log
from spark_jobs.release.log import Pinned

# A replayed export makes these from the id of a person, so they lead to that person as well.
_MADE_OF_PEOPLE = {"event_id", "sleep_session_id", "workout_session_id"}


@dataclass(frozen=True)
class Wanted:
    """An export: of which dataset, which dates (None: all), in which format, with what done to personal columns, and
    for which partner to fetch (None: nobody).
    """

    of: Contract
    first: date | None = None
    last: date | None = None
    format: Format = Format.PARQUET
    personal: Personal = Personal.HASH
    partner: str | None = None

    @property
    def name(self) -> str:
        """The same for the same export. Raises ValueError: the partner's name is none."""
        span = f"{self.first or 'begin'}_{self.last or 'end'}"
        whose = f"_for_{names.column_name(self.partner)}" if self.partner is not None else ""
        return f"{tables.flat_name(self.of)}/{self.format}_{self.personal}_{span}{whose}"


def run(wanted: Wanted) -> tuple[str, Manifest]:
    """Write the export, unless it is there; gives its folder (a URI) and what it holds.

    Raises LookupError: nothing was released yet, or the dataset is not in the release.
    """
    release_id, pin = _pinned(wanted.of)
    uri = f"{profile().lake.root}/exports/r{release_id}/{wanted.name}"
    system, folder = storage.open_folder(uri)
    with lock.held():
        found = manifest.read(system, folder)
        if found and _is_as_wanted(found, wanted):
            return uri, found
        storage.delete_folder(uri)
        system.create_dir(folder, recursive=True)
        told = _manifest(system, folder, wanted, release_id, pin)
        manifest.write(system, folder, told)
    return uri, told


def _is_as_wanted(found: Manifest, wanted: Wanted) -> bool:
    """Whether its columns are still those of an export of now: one may have become personal."""
    held = {column.name for column in found.columns}
    return found.columns == tuple(told for _column, told in _columns(wanted) if told.name in held)


def _manifest(system: pafs.FileSystem, folder: str, wanted: Wanted, release_id: int, pin: Pinned) -> Manifest:
    """Write the files; what they hold."""
    table = delta.open_table(wanted.of, wanted.of.zones[-1], pin.lake_version)
    if table is None:
        raise LookupError(f"{wanted.of.address}: version {pin.lake_version} is gone from the lake")
    present = {field.name for field in table.schema().fields}
    chosen = [(column, told) for column, told in _columns(wanted) if column.name in present]
    files = tuple(_written(system, folder, wanted, table, chosen))
    return Manifest(
        dataset=wanted.of.address,
        description=wanted.of.description,
        grain=tables.grain(wanted.of, wanted.of.zones[-1]),
        release_id=release_id,
        lake_version=pin.lake_version or 0,
        contract_version=wanted.of.version,
        contract_edition=edition(wanted.of, wanted.of.zones[-1]),
        format=wanted.format,
        first=wanted.first.isoformat() if wanted.first else None,
        last=wanted.last.isoformat() if wanted.last else None,
        exported_at=log.now().isoformat(),
        rows=sum(file.rows for file in files),
        columns=tuple(told for _column, told in chosen),
        files=files,
        partner=wanted.partner,
    )


def _pinned(of: Contract) -> tuple[int, Pinned]:
    found = log.read()
    if found.current is None:
        raise LookupError("nothing is released yet: `lake run daily_etl` makes the first release")
    for pin in found.pins(found.current):
        if pin.dataset == of.address and pin.lake_version is not None:
            return found.current, pin
    raise LookupError(f"release {found.current} has no {of.address}: it has no rows yet, or its contract is new")


def _columns(wanted: Wanted) -> Iterator[tuple[Column, Exported]]:
    """The columns that are exported, and what the manifest says of them."""
    for column in tables.shown(wanted.of):
        is_personal = column.pii or column.name in _MADE_OF_PEOPLE
        if is_personal and wanted.personal is Personal.DROP:
            continue
        is_hashed = is_personal and wanted.personal is Personal.HASH
        # A hash keeps apart whom a column names; of a text or a position it would keep nothing.
        if is_hashed and not column.name.endswith("_id"):
            continue
        done = str(wanted.personal) if is_personal else None
        yield column, Exported(column.name, column.type, column.unit, column.description, done)


def _written(
    system: pafs.FileSystem, folder: str, wanted: Wanted, table: DeltaTable, chosen: list[tuple[Column, Exported]]
) -> Iterator[File]:
    of, zone = wanted.of, wanted.of.zones[-1]
    rows = storage.dataset(table, tables.path(of, zone), tables.ACCEPTED if tables.has_status(of, zone) else None)
    for name, condition in _parts(wanted, delta.files(table, of, zone), delta.date_column(of, zone)):
        # In the order of the key, also where that is not shown.
        shown_names, key = [column.name for column, _told in chosen], tables.grain(of, zone)
        part = rows.to_table(columns=list(dict.fromkeys([*shown_names, *key])), filter=condition)
        ordered = part.sort_by([(name, "ascending") for name in key]).select(shown_names)
        shown = _without_names(ordered, chosen)
        content = _bytes(shown, wanted.format)
        with system.open_output_stream(f"{folder}/{name}.{wanted.format}") as stream:
            stream.write(content)
        digest = hashlib.sha256(content).hexdigest()
        yield File(f"{name}.{wanted.format}", shown.num_rows, len(content), digest)


def _parts(wanted: Wanted, files: Iterable[delta.File], day: str | None) -> Iterator[tuple[str, pc.Expression | None]]:
    """Name and condition of each file, in order of dates."""
    if day is None:
        yield "all", None
        return
    for on in sorted({file.date for file in files if file.date and file.row_count}):
        if (wanted.first or on) <= on <= (wanted.last or on):
            yield on.isoformat(), pc.field(day) == pa.scalar(on, pa.date32())


def _without_names(rows: pa.Table, chosen: list[tuple[Column, Exported]]) -> pa.Table:
    """Whom columns name is told apart, and not told: a keyed hash, the same in every export of this lake."""
    for at, (_column, told) in enumerate(chosen):
        if told.personal == Personal.HASH:
            rows = rows.set_column(at, told.name, _hashed(rows.column(at)))
    return rows


def _hashed(ids: pa.ChunkedArray) -> pa.Array:
    key = profile().lake.export_secret.get_secret_value().encode()
    if not key:
        raise LookupError(
            "there is no secret to hash people's ids with: `lake up` makes one (LAKE_LAKE__EXPORT_SECRET)"
        )
    known = ids.unique().to_pylist()
    made = {one: hmac.new(key, one.encode(), hashlib.sha256).hexdigest()[:32] for one in known if one is not None}
    return pa.array([made.get(one) for one in ids.to_pylist()], pa.string())


def _bytes(rows: pa.Table, format_: Format) -> bytes:
    sink = pa.BufferOutputStream()
    if format_ is Format.PARQUET:
        pq.write_table(rows, sink, compression="zstd")
    else:
        pcsv.write_csv(_flat(rows), sink)
    content: Any = sink.getvalue().to_pybytes()
    return bytes(content)


def _flat(rows: pa.Table) -> pa.Table:
    """Lists have no place in CSV: they become text."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_nested(field.type):
            texts = [None if value is None else str(value) for value in rows.column(at).to_pylist()]
            rows = rows.set_column(at, field.name, pa.array(texts, pa.string()))
    return rows
