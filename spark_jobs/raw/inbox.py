"""Files of a dataset's inbox folder, and what is in them: lines, their content's sha256, or why they cannot be read."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow.fs as pafs

from lake_layout.contracts import Contract
from lake_layout.profile import profile
from spark_jobs import storage

_GZIP_MAGIC = b"\x1f\x8b"
_HIDDEN = (".", "_")
_UNFINISHED = (".partial", ".tmp", ".crc")


@dataclass(frozen=True)
class Found:
    """A file as the folder lists it; `version` changes when the file does."""

    path: str
    version: str


@dataclass(frozen=True)
class Content:
    """Decompressed bytes, or the bytes as they came and the reason why they cannot be decompressed."""

    data: bytes
    unreadable: str | None = None

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Line number from 1 and line without its end; a line without anything in it is passed over."""
        for number, line in enumerate(io.BytesIO(self.data), 1):
            text = line.rstrip(b"\r\n")
            if text.strip():
                yield number, text


def folder(of: Contract) -> str:
    """The URI of a dataset's inbox."""
    return f"{profile().lake.inbox}/{of.address}"


def listing(of: Contract) -> list[Found]:
    """Finished files of the folder and its subfolders, in order of their paths."""
    system, path = storage.open_folder(folder(of))
    selector = pafs.FileSelector(path, allow_not_found=True, recursive=True)
    return [
        Found(info.path, f"{info.size}-{info.mtime_ns}")
        for info in sorted(system.get_file_info(selector), key=lambda info: info.path)
        if info.type == pafs.FileType.File and not _is_passed_over(info.base_name)
    ]


def _is_passed_over(name: str) -> bool:
    return name.startswith(_HIDDEN) or name.endswith(_UNFINISHED)


def read(of: Contract, found: Found) -> Content:
    """The content of a file of the inbox."""
    system, _ = storage.open_folder(folder(of))
    with system.open_input_stream(found.path, compression=None) as stream:
        return decompressed(stream.read())


def decompressed(data: bytes) -> Content:
    """What is inside, told by the first bytes and not by a name; gzip inside gzip is opened once."""
    if not data.startswith(_GZIP_MAGIC):
        return Content(data)
    try:
        return Content(gzip.decompress(data))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        return Content(data, f"unreadable_file: damaged gzip ({error})")
