"""The log of a Delta table, commit by commit, without Spark: `_delta_log/*.json` → entries, oldest first.

delta-rs tells of commits, but not which files each of them added to which partition. A commit that overwrites the
whole table does not tell how many rows the files had that it removed; the version before does.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
from deltalake.exceptions import DeltaError

from spark_jobs import storage

_NAME = re.compile(r"(\d{20})\.json")


@dataclass(frozen=True)
class Entry:
    """One commit: what it says of itself, the files it added and those it removed; `seal` is a hash of all of it."""

    version: int
    info: dict[str, Any]
    adds: tuple[dict[str, Any], ...]
    removes: tuple[dict[str, Any], ...]
    seal: str


def row_count(file: Mapping[str, Any]) -> int | None:
    """Rows of a file that a commit added or removed; None where the log does not tell."""
    count: int | None = json.loads(file.get("stats") or "{}").get("numRecords")
    return count


class Log:
    """The log of the table at a URI, in a folder or on S3."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._system, self._path = storage.open_folder(f"{uri}/_delta_log")

    def first(self) -> int | None:
        """The oldest version that the log still tells of; None while there is no table."""
        found = self._system.get_file_info(pafs.FileSelector(self._path, allow_not_found=True))
        versions = [int(name[1]) for info in found if (name := _NAME.fullmatch(info.base_name))]
        return min(versions, default=None)

    def has(self, version: int) -> bool:
        """Whether the log still tells of a version."""
        return bool(self._system.get_file_info(self._file(version)).type == pafs.FileType.File)

    def entry(self, version: int) -> Entry | None:
        """One commit; None where the log does not have it, or not any more."""
        try:
            with self._system.open_input_stream(self._file(version), compression=None) as stream:
                text = stream.read()
        except FileNotFoundError:
            return None
        actions = [json.loads(line) for line in text.splitlines() if line.strip()]
        return Entry(
            version,
            next((one["commitInfo"] for one in actions if "commitInfo" in one), {}),
            tuple(one["add"] for one in actions if "add" in one),
            self._counted(version, [one["remove"] for one in actions if "remove" in one]),
            hashlib.sha256(text).hexdigest(),
        )

    def _counted(self, version: int, removes: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        """The files with their row counts, where the log still reaches back to what was there before."""
        if all(file.get("stats") for file in removes):
            return tuple(removes)
        try:
            before = storage.open_table(self._uri, version - 1)
        except DeltaError:
            before = None
        if before is None:
            return tuple(removes)
        files = pa.table(before.get_add_actions(flatten=True)).select(["path", "num_records"]).to_pylist()
        stats = {file["path"]: json.dumps({"numRecords": file["num_records"]}) for file in files}
        return tuple({"stats": stats.get(file["path"]), **file} for file in removes)

    def entries(self, start: int) -> Iterator[Entry]:
        """All commits from a version on."""
        version = start
        while (found := self.entry(version)) is not None:
            yield found
            version += 1

    def _file(self, version: int) -> str:
        return f"{self._path}/{version:020}.json"
