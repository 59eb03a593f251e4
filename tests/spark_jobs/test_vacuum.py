"""A vacuum deletes what no version needs any longer that somebody may read, and spares what a kept release names."""

from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.maintenance import vacuum
from spark_jobs.release import log
from spark_jobs.release.log import Did, Event, Pinned

ADDRESS, ZONE = "health/hourly_steps", Zone.GOLD


@pytest.fixture
def path(lake: Path, spark: SparkSession) -> str:
    """A table of four versions, each with one file of its own; nothing that was replaced is young enough to stay."""
    uri = tables.path(contract(ADDRESS), ZONE)
    for version in range(4):
        spark.createDataFrame([(version,)], "steps int").coalesce(1).write.format("delta").mode("overwrite").save(uri)
        if version == 0:
            spark.sql(
                f"ALTER TABLE delta.`{uri}` SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = '0 seconds')"
            )
    return uri


def pinned(path: str, version: int) -> Pinned:
    table = storage.open_table(path, version)
    assert table is not None
    place = path.removeprefix(profile().lake.root + "/")
    return Pinned(ADDRESS, ZONE.value, place, str(table.metadata().id), version, 1, None)


def release(release_id: int, *pins: Pinned) -> None:
    for did in (Did.STAGED, Did.RELEASED, Did.SWITCHED):
        log.append(lambda _, did=did: Event(did, release_id, log.now(), pins=pins))


def readable(path: str) -> list[int]:
    """Versions whose rows are still there."""
    folder = Path(storage.local_path(path) or "")
    versions = range(DeltaTable(folder).version() + 1)
    held = {version: DeltaTable(folder, version=version).file_uris() for version in versions}
    return [version for version, files in held.items() if all(Path(file).exists() for file in files)]


def test_a_version_that_a_kept_release_names_is_spared(path: str, spark: SparkSession) -> None:
    assert readable(path) == [0, 1, 2, 3, 4]
    release(1, pinned(path, 2))
    release(2, pinned(path, 4))
    found = vacuum.pinned_versions(log.read())
    [(place, versions)] = found.items()
    assert path.endswith(place) and sorted(versions) == [2, 4]
    assert vacuum.vacuum(spark, path, versions, dry_run=True) == 2
    assert readable(path) == [0, 1, 2, 3, 4]
    assert vacuum.vacuum(spark, path, versions, dry_run=False) == 2
    # A vacuum makes versions of its own, with the same files as the newest.
    assert readable(path)[:2] == [2, 4]
    assert vacuum.vacuum(spark, path, versions, dry_run=False) == 0


def test_without_a_release_only_the_newest_version_stays(path: str, spark: SparkSession) -> None:
    assert vacuum.vacuum(spark, path, {}, dry_run=False) == 3
    assert readable(path)[0] == 4


def test_a_pin_on_a_table_that_was_made_anew_spares_nothing(path: str, spark: SparkSession) -> None:
    pin = pinned(path, 2)
    other = Pinned(pin.dataset, pin.lake_zone, pin.lake_path, "another table", 2, 1, None)
    assert vacuum.vacuum(spark, path, {2: other}, dry_run=True) == 3
