"""What an export holds, written last: `_manifest.json`. A folder without one is an export that was never finished."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

import pyarrow.fs as pafs

NAME = "_manifest.json"


class Format(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"


class Personal(StrEnum):
    """What becomes of columns that the contract marks as personal."""

    HASH = "hash"
    DROP = "drop"
    KEEP = "keep"


@dataclass(frozen=True)
class Exported:
    """A column; `personal` says what became of it where the contract marks it so."""

    name: str
    type: str
    unit: str | None
    description: str
    personal: str | None = None


@dataclass(frozen=True)
class File:
    """`path` is relative to the folder of the manifest."""

    path: str
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`first` and `last` are dates of the dataset's partition, null where all were asked for."""

    dataset: str
    description: str
    grain: tuple[str, ...]
    release_id: int
    lake_version: int
    contract_version: int
    contract_edition: str
    format: str
    first: str | None
    last: str | None
    exported_at: str
    rows: int
    columns: tuple[Exported, ...]
    files: tuple[File, ...]


def write(system: pafs.FileSystem, folder: str, manifest: Manifest) -> None:
    """The last file of an export."""
    with system.open_output_stream(f"{folder}/{NAME}") as stream:
        stream.write(json.dumps(asdict(manifest), indent=2, ensure_ascii=False, default=_text).encode())


def read(system: pafs.FileSystem, folder: str) -> Manifest | None:
    """None for an export that was never finished, or never begun."""
    if system.get_file_info(f"{folder}/{NAME}").type is not pafs.FileType.File:
        return None
    with system.open_input_stream(f"{folder}/{NAME}") as stream:
        told = json.loads(stream.read())
    columns = tuple(Exported(**column) for column in told.pop("columns"))
    files = tuple(File(**file) for file in told.pop("files"))
    return Manifest(**{**told, "grain": tuple(told["grain"]), "columns": columns, "files": files})


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
