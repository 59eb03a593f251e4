"""Compressed bodies in both directions: the content encodings ClickHouse clients use, as streams."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import lz4.frame
import zstandard

from local_stack.clickhouse_gateway.errors import CANNOT_DECOMPRESS, NOT_IMPLEMENTED, ClickHouseError

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Lz4Compressor:
    """lz4's compressor with its header in the first piece, as the other compressors have it."""

    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._header: bytes = self._frame.begin()

    def compress(self, data: bytes) -> bytes:
        return self._take_header() + bytes(self._frame.compress(data))

    def flush(self) -> bytes:
        return self._take_header() + bytes(self._frame.flush())

    def _take_header(self) -> bytes:
        header, self._header = self._header, b""
        return header


@dataclass(frozen=True)
class _Codec:
    """Both are made anew for every body; a decompressor stops at the end of its frame and keeps what follows."""

    compressor: Callable[[], _Compressor]
    decompressor: Callable[[], Any]


_CODECS = {
    "zstd": _Codec(
        lambda: zstandard.ZstdCompressor(level=1).compressobj(), lambda: zstandard.ZstdDecompressor().decompressobj()
    ),
    "lz4": _Codec(_Lz4Compressor, lz4.frame.LZ4FrameDecompressor),
    "gzip": _Codec(lambda: zlib.compressobj(1, zlib.DEFLATED, _GZIP_WINDOW), lambda: zlib.decompressobj(_GZIP_WINDOW)),
    "deflate": _Codec(lambda: zlib.compressobj(1), zlib.decompressobj),
}


class Decompression:
    """One request body. A client may send it as several frames, one after the other."""

    def __init__(self, encoding: str) -> None:
        """Raises ClickHouseError: an encoding the gateway does not know."""
        self._name = encoding.strip().lower()
        self._is_plain = self._name in ("", "identity")
        if not self._is_plain and self._name not in _CODECS:
            raise ClickHouseError(
                NOT_IMPLEMENTED, f"Unknown Content-Encoding '{self._name}': use {', '.join(_CODECS)}."
            )
        self._frame: Any = None

    def feed(self, data: bytes) -> bytes:
        """What the next bytes expand to. Raises ClickHouseError: they are not of this encoding."""
        if self._is_plain:
            return data
        expanded = []
        try:
            while data:
                self._frame = self._frame or _CODECS[self._name].decompressor()
                expanded.append(self._frame.decompress(data))
                data = b""
                if self._frame.eof:
                    data, self._frame = self._frame.unused_data or b"", None
        except (zlib.error, zstandard.ZstdError, RuntimeError) as error:
            raise ClickHouseError(CANNOT_DECOMPRESS, f"The body is not valid {self._name}: {error}.") from error
        return b"".join(expanded)

    def finish(self) -> None:
        """Raises ClickHouseError: the body ends in the middle of a frame."""
        if self._frame is not None:
            raise ClickHouseError(CANNOT_DECOMPRESS, f"The {self._name} body is cut off.")


def choose_encoding(accepted: str) -> str | None:
    """The first encoding of an Accept-Encoding header that the gateway can write."""
    names = (part.split(";")[0].strip().lower() for part in accepted.split(","))
    return next((name for name in names if name in _CODECS), None)


def compressed(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    compressor = _CODECS[encoding].compressor()
    for chunk in chunks:
        if part := compressor.compress(chunk):
            yield part
    if rest := compressor.flush():
        yield rest
