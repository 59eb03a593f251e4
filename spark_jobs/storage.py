"""Files beside the tables: inbox and staging, in a folder or on S3, through one file system interface."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow.fs as pafs

from lake_layout.profile import profile


def open_folder(uri: str) -> tuple[pafs.FileSystem, str]:
    """The file system of a `file:` or `s3a:` URI and the path in it."""
    scheme, _, rest = uri.partition(":")
    if scheme == "file":
        return pafs.LocalFileSystem(), "/" + rest.lstrip("/")
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
        _remove(system, parent_path)


def _remove(system: pafs.FileSystem, path: str) -> None:
    if system.get_file_info(path).type != pafs.FileType.NotFound:
        system.delete_dir(path)
