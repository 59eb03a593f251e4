"""What an export holds, written last and as a whole: `_manifest.json`. Without it an export was never finished."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pyarrow.fs as pafs

from spark_jobs import storage

NAME = "_manifest.json"


class Format(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"


class Personal(StrEnum):
    """What becomes of personal columns: those that the contract marks, and ids that may be made of a person's."""

    HASH = "hash"
    DROP = "drop"
    KEEP = "keep"


@dataclass(frozen=True)
class Exported:
    """A column; `personal` says what became of it where it is personal."""

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
    """`first` and `last` are dates of the dataset's partition, null where all were asked for; so is `partner` where
    nobody may fetch it.
    """

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
    partner: str | None = None


def write(system: pafs.FileSystem, folder: str, manifest: Manifest) -> None:
    """The last file of an export."""
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False, default=_text)
    storage.write_whole(system, f"{folder}/{NAME}", text.encode())


def read(system: pafs.FileSystem, folder: str) -> Manifest | None:
    """None for an export that was never finished, or never begun, or whose manifest is none."""
    if system.get_file_info(f"{folder}/{NAME}").type is not pafs.FileType.File:
        return None
    with system.open_input_stream(f"{folder}/{NAME}") as stream:
        text = stream.read()
    try:
        return _told(json.loads(text))
    except (ValueError, KeyError, TypeError):
        # Cut short, or of another edition: it will be made anew, and must not keep anybody from the others.
        return None


def _told(body: dict[str, Any]) -> Manifest:
    columns = tuple(Exported(**column) for column in body["columns"])
    files = tuple(File(**file) for file in body["files"])
    return Manifest(**{**body, "grain": tuple(body["grain"]), "columns": columns, "files": files})


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
