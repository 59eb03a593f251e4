"""Deletes files that no version of a table needs which anybody may still read.

Delta's VACUUM spares the newest version and what was replaced within its retention (a week). A release may stand for
longer, so it is given an inventory to delete from that lacks every file of the versions which kept releases name.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.fs as pafs
from pyspark.sql import SparkSession

from spark_jobs import storage
from spark_jobs.release import log
from spark_jobs.release.log import Log, Pinned

_INVENTORY = "path string, length bigint, isDir boolean, modificationTime bigint"


def pinned_versions(found: Log) -> dict[str, dict[int, Pinned]]:
    """Path of a table below the lake's root → versions that kept releases name."""
    versions: dict[str, dict[int, Pinned]] = {}
    for release_id in found.kept(log.now()):
        for pin in found.pins(release_id):
            if pin.lake_version is not None:
                versions.setdefault(pin.lake_path, {})[pin.lake_version] = pin
    return versions


def vacuum(spark: SparkSession, path: str, pinned: Mapping[int, Pinned], *, dry_run: bool) -> int:
    """Vacuum one table, sparing the pinned versions; gives the number of files deleted."""
    needed = _files(path, pinned)
    if needed is None:
        return 0
    system, folder = storage.open_folder(path)
    rows = [
        (f"{path}/{name}", found.size, False, int(found.mtime.timestamp() * 1000))
        for found in system.get_file_info(pafs.FileSelector(folder, recursive=True))
        if found.is_file
        and (name := found.path.removeprefix(folder).lstrip("/")) not in needed
        and not name.startswith("_delta_log/")
        and not found.base_name.startswith(".")  # checksums of a folder's files go with them
    ]
    if not rows:
        return 0
    spark.createDataFrame(rows, _INVENTORY).createOrReplaceTempView("vacuum_inventory")
    statement = f"VACUUM delta.`{path}` USING INVENTORY (SELECT * FROM vacuum_inventory)"
    # A vacuum that deletes nothing would make versions all the same.
    would_go = len(spark.sql(f"{statement} DRY RUN").collect())
    if dry_run or not would_go:
        return would_go
    spark.sql(statement).collect()
    left = system.get_file_info([f"{folder}{uri.removeprefix(path)}" for uri, *_ in rows])
    return sum(found.type == pafs.FileType.NotFound for found in left)


def _files(path: str, pinned: Mapping[int, Pinned]) -> set[str] | None:
    """Names of the files of the newest and of the pinned versions; None while the table does not exist."""
    newest = storage.open_table(path)
    if newest is None:
        return None
    versions = [newest.version()]
    # A table that was made anew numbers its versions anew.
    versions += [version for version, pin in pinned.items() if pin.lake_table_id == str(newest.metadata().id)]
    names: set[str] = set()
    for version in versions:
        table = storage.open_table(path, version)
        if table is None:
            raise LookupError(f"{path}: version {version} is gone from the lake")
        names |= set(pa.table(table.get_add_actions(flatten=True))["path"].to_pylist())
    return names
