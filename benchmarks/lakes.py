"""The lake of a run, which the profile names: what is ready → linked there, for Delta never edits a file of rows.

One on S3 gets copies, and is fetched from there to be looked at.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.fs as pafs

from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import Given
from lake_layout import tables as layout
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import storage


def of_run() -> Path:
    """Where it is, or would be if it were no lake on S3."""
    return Path(storage.local_path(profile().lake.root) or profile().home / "lake" / "run")


def with_people(given: Given) -> None:
    """Make it one that has the histories of people and nothing else."""
    delete()
    for address in tables.PEOPLE:
        path = Path(str(storage.local_path(layout.path(contract(address), Zone.SILVER, f"file:{given.people}"))))
        shutil.copytree(path, of_run() / path.relative_to(given.people), copy_function=_link)
    if profile().lake.is_on_s3:
        system, target = storage.open_folder(profile().lake.root)
        pafs.copy_files(str(of_run()), target, pafs.LocalFileSystem(), system)


def like(lake: Path) -> None:
    """Make it like another one."""
    delete()
    shutil.copytree(lake, of_run(), copy_function=_link)


@contextmanager
def at_hand() -> Iterator[Path]:
    """A folder that holds it."""
    if profile().lake.is_on_s3:
        shutil.rmtree(of_run(), ignore_errors=True)
        system, source = storage.open_folder(profile().lake.root)
        pafs.copy_files(source, str(of_run()), system, pafs.LocalFileSystem())
    yield of_run()


def delete() -> None:
    shutil.rmtree(of_run(), ignore_errors=True)
    if profile().lake.is_on_s3:
        storage.delete_folder(profile().lake.root)


def _link(source: str, target: str) -> None:
    """A log is copied: its note of the last checkpoint is written over."""
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copyfile(source, target)
