"""Maintains the lake's tables: small files are merged, then files that nobody reads any longer are deleted.

contracts → tables → `compact` → `vacuum`, one table after another, beside whatever else works. Running it again does
nothing. Alone: `python -m spark_jobs maintenance [--dry-run] [ADDRESS ...]`.
"""

from collections.abc import Collection, Iterable, Iterator

from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import contracts
from lake_layout.profile import profile
from spark_jobs import gate_log, measures, ops, session
from spark_jobs.maintenance import compact, vacuum
from spark_jobs.maintenance.compact import Files, Merged
from spark_jobs.release import lock, log

# Every job adds a file to these; the other tables about the lake are written seldom, or by others than Spark.
_GROWING = (measures.TABLE, gate_log.TABLE)


def run(addresses: Collection[str] = (), *, dry_run: bool = False) -> dict[str, object]:
    """Maintain the tables of these datasets, or all; the summary counts files, bytes, and files deleted by table.

    Raises Halt: a compaction lost or doubled rows, and nothing is deleted; ConnectionError: a release is being made,
    or a service does not answer.
    """
    uris = list(_uris(addresses))
    with session.opened("maintenance") as spark:
        summary = _would_merge(uris) if dry_run else _merge(spark, uris)
        with lock.held(profile().timeouts.job):
            deleted = _vacuum(spark, uris, dry_run=dry_run)
    return {**summary, "would_delete" if dry_run else "deleted": deleted}


def _uris(addresses: Collection[str]) -> Iterator[str]:
    for of in contracts().values():
        if not addresses or of.address in addresses:
            yield from (tables.path(of, zone) for zone in of.zones)
    if not addresses:
        yield from (ops.path(name) for name in _GROWING)


def _would_merge(uris: Iterable[str]) -> dict[str, object]:
    total = Files()
    for uri in uris:
        found = compact.crowded(uri)
        total += found.files
        if found.partitions:
            print(
                f"{_name(uri)}: {_told(found.files)} in {len(found.partitions):,} partitions would be merged",
                flush=True,
            )
    return {"would_merge": total.count, "bytes": total.size_bytes}


def _merge(spark: SparkSession, uris: Iterable[str]) -> dict[str, object]:
    total = Merged()
    for uri in uris:
        done = compact.compact(spark, uri)
        total += done
        if done.before.count:
            print(f"{_name(uri)}: {_told(done.before)} merged into {_told(done.after)}", flush=True)
    return {
        "files_before": total.before.count,
        "files_after": total.after.count,
        "bytes_before": total.before.size_bytes,
        "bytes_after": total.after.size_bytes,
    }


def _vacuum(spark: SparkSession, uris: Iterable[str], *, dry_run: bool) -> dict[str, int]:
    pinned, deleted = vacuum.pinned_versions(log.read()), {}
    for uri in uris:
        name = _name(uri)
        if count := vacuum.vacuum(spark, uri, pinned.get(name, {}), dry_run=dry_run):
            deleted[name] = count
            print(f"{name}: {count:,} files {'would go' if dry_run else 'deleted'}", flush=True)
    return deleted


def _name(uri: str) -> str:
    return uri.removeprefix(f"{profile().lake.root}/")


def _told(files: Files) -> str:
    return f"{files.count:,} files ({files.size_bytes / 1024**2:,.1f} MB)"
