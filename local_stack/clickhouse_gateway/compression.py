"""Compressed bodies in both directions: the content encodings ClickHouse clients use, as streams."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import lz4.frame
import zstandard

from local_stack.clickhouse_gateway.errors import (
    CANNOT_DECOMPRESS,
    NOT_IMPLEMENTED,
    ClickHouseError,
)

try:
    import brotli
except ImportError:  # a client without brotli never sends it; only a foreign one can
    brotli = None

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class _Codec:
    """`feed` and `flush` of a compressor, `expand` of a decompressor; both made anew for every body."""

    compressor: Callable[[], tuple[Callable[[bytes], bytes], Callable[[], bytes]]]
    decompressor: Callable[[], Callable[[bytes], bytes]]


def _zlib_compressor(window: int) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    compressor = zlib.compressobj(1, zlib.DEFLATED, window)
    return compressor.compress, compressor.flush


def _lz4_compressor() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    compressor = lz4.frame.LZ4FrameCompressor()
    header = compressor.begin()

    def feed(chunk: bytes) -> bytes:
        nonlocal header
        start, header = header, b""
        return start + bytes(compressor.compress(chunk))

    return feed, lambda: header + compressor.flush()


def _zstd_compressor() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    compressor = zstandard.ZstdCompressor(level=1).compressobj()
    return compressor.compress, compressor.flush


_CODECS = {
    "zstd": _Codec(_zstd_compressor, lambda: zstandard.ZstdDecompressor().decompressobj().decompress),
    "lz4": _Codec(_lz4_compressor, lambda: lz4.frame.LZ4FrameDecompressor().decompress),
    "gzip": _Codec(lambda: _zlib_compressor(_GZIP_WINDOW), lambda: zlib.decompressobj(_GZIP_WINDOW).decompress),
    "deflate": _Codec(lambda: _zlib_compressor(zlib.MAX_WBITS), lambda: zlib.decompressobj().decompress),
}


def decompressor(encoding: str) -> Callable[[bytes], bytes]:
    """A function that takes the next bytes of a request body and gives what they expand to.

    Raises ClickHouseError: the encoding is unknown, or (from the function) the bytes are not of it.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return bytes
    if name == "br" and brotli is not None:
        expand = brotli.Decompressor().process
    elif name in _CODECS:
        expand = _CODECS[name].decompressor()
    else:
        raise ClickHouseError(NOT_IMPLEMENTED, f"Unknown Content-Encoding {name!r}: use {', '.join(_CODECS)}")

    def checked(chunk: bytes) -> bytes:
        try:
            return bytes(expand(chunk))
        except Exception as error:
            raise ClickHouseError(CANNOT_DECOMPRESS, f"The body is not valid {name}: {error}") from error

    return checked


def choose_encoding(accepted: str) -> str | None:
    """The first encoding of an Accept-Encoding header that the gateway can write."""
    names = (part.split(";")[0].strip().lower() for part in accepted.split(","))
    return next((name for name in names if name in _CODECS), None)


def compressed(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    feed, flush = _CODECS[encoding].compressor()
    for chunk in chunks:
        if part := feed(chunk):
            yield part
    if rest := flush():
        yield rest
