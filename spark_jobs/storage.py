"""The lake's storage without Spark, in a folder or on S3: inbox and staging as files, tables for reading."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow.dataset as ds
import pyarrow.fs as pafs
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from lake_layout.profile import profile


def open_folder(uri: str) -> tuple[pafs.FileSystem, str]:
    """The file system of a `file:` or `s3a:` URI and the path in it."""
    if path := local_path(uri):
        return pafs.LocalFileSystem(), path
    scheme, _, rest = uri.partition(":")
    if scheme == "s3a":
        settings = profile().s3
        system = pafs.S3FileSystem(
            endpoint_override=settings.endpoint,
            access_key=settings.access_key,
            secret_key=settings.secret_key.get_secret_value(),
            region=settings.region,
        )
        return system, rest.lstrip("/")
    raise ValueError(f"{uri}: expected a file: or s3a: URI")


@contextmanager
def staging(name: str) -> Iterator[tuple[pafs.FileSystem, str, str]]:
    """A folder that Spark reads too, removed afterwards: file system, path in it, URI.

    A folder of the same name that a killed run left is removed first.
    """
    parent = f"{profile().lake.root}/staging/{name}"
    uri = f"{parent}/{uuid.uuid4().hex}"
    system, parent_path = open_folder(parent)
    _, path = open_folder(uri)
    _remove(system, parent_path)
    system.create_dir(path, recursive=True)
    try:
        yield system, path, uri
    finally:
        # Only its own: another run may have begun to stage under the same name.
        _remove(system, path)


def write_whole(system: pafs.FileSystem, path: str, content: bytes) -> None:
    """Write a file, of which nobody ever sees a part; its folder is made."""
    system.create_dir(path.rpartition("/")[0], recursive=True)
    half_written = f"{path}.{uuid.uuid4().hex}"
    with system.open_output_stream(half_written) as stream:
        stream.write(content)
    system.move(half_written, path)


def delete_folder(uri: str) -> None:
    """Delete a folder and what is in it; one that does not exist is no error."""
    _remove(*open_folder(uri))


def _remove(system: pafs.FileSystem, path: str) -> None:
    if system.get_file_info(path).type != pafs.FileType.NotFound:
        system.delete_dir(path)


def open_table(uri: str, version: int | None = None) -> DeltaTable | None:
    """A Delta table for reading, at a version, the newest by default; None while it does not exist."""
    try:
        return DeltaTable(delta_uri(uri), version=version, storage_options=delta_options(uri))
    except TableNotFoundError:
        return None


def dataset(table: DeltaTable, uri: str, status: str | None = None) -> ds.Dataset:
    """The rows of an open table of that URI, of one `_status` if given.

    Read by Arrow's own file system: the threads of one written in Python may outlive the interpreter, which aborts.
    """
    system, path = open_folder(uri)
    # Files of before hold instants as INT96, which Arrow would take for nanoseconds: they end in the year 2262.
    options = ds.ParquetReadOptions(coerce_int96_timestamp_unit="us")
    return table.to_pyarrow_dataset(
        filesystem=pafs.SubTreeFileSystem(path, system),
        parquet_read_options=options,
        file_pruning_predicate=[("_status", "=", status)] if status else None,
    )


def local_path(uri: str) -> str | None:
    """The path of a `file:` URI; None for any other."""
    if not uri.startswith("file:"):
        return None
    return "/" + uri.removeprefix("file:").lstrip("/")


def delta_uri(uri: str) -> str:
    """How delta-rs is told where a table of that URI stands."""
    return local_path(uri) or uri


def delta_options(uri: str) -> dict[str, str] | None:
    """How delta-rs reaches a table on S3; None for one in a folder."""
    if local_path(uri):
        return None
    s3 = profile().s3
    return {
        "AWS_ENDPOINT_URL": s3.endpoint,
        "AWS_ALLOW_HTTP": str(s3.endpoint.startswith("http://")).lower(),
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key.get_secret_value(),
        "AWS_REGION": s3.region,
    }
