"""The checksum of a table's content: its rows, in order, as CSV → sha256, so that raw can be held against it."""

import hashlib
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as csv


@dataclass(frozen=True)
class Digest:
    """The sha256 and the size of the text that it is of."""

    sha256: str
    size_bytes: int


def of_table(content: pa.Table) -> Digest:
    """Of a header and a line for each row, the columns in the order given, as Arrow writes them; bytes as hex."""
    sink = _Hashing()
    csv.write_csv(pa.table({name: _text(content[name]) for name in content.column_names}), pa.PythonFile(sink, "w"))
    return Digest(sink.digest.hexdigest(), sink.size)


def _text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values, bytes as hex: CSV has no bytes."""
    if not pa.types.is_binary(values.type):
        return values
    found = (value.as_py() for value in values)
    return pa.chunked_array([pa.array([None if one is None else one.hex() for one in found], pa.string())])


class _Hashing:
    """A file for writing that keeps nothing but the hash of what is written."""

    closed = False

    def __init__(self) -> None:
        self.digest, self.size = hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""
