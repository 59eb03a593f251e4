"""The lake of a run, which the profile names: what is ready → linked there, for Delta never edits a file of rows."""

import os
import shutil
from pathlib import Path

from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import Given
from lake_layout import tables as layout
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import storage


def of_run() -> Path:
    return Path(str(storage.local_path(profile().lake.root)))


def with_people(given: Given) -> None:
    """Make it one that has the histories of people and nothing else."""
    shutil.rmtree(of_run(), ignore_errors=True)
    for address in tables.PEOPLE:
        path = Path(str(storage.local_path(layout.path(contract(address), Zone.SILVER, f"file:{given.people}"))))
        shutil.copytree(path, of_run() / path.relative_to(given.people), copy_function=_link)


def like(lake: Path) -> None:
    """Make it like another one."""
    shutil.rmtree(of_run(), ignore_errors=True)
    shutil.copytree(lake, of_run(), copy_function=_link)


def _link(source: str, target: str) -> None:
    """A log is copied: its note of the last checkpoint is written over."""
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copyfile(source, target)
