"""Delta logs → the ledger: what is new since the last look, or all of it anew.

What an update leaves is what a rebuild makes: a log that goes on is read from where it was left, one that does not
(the table was made anew, or restored) is read again as a whole, and what a log no longer tells is taken out.
Alone: `python -m spark_jobs ledger [--rebuild]`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contracts
from spark_jobs import commits, measures, ops, storage
from spark_jobs.ledger import clickhouse, entries, store
from spark_jobs.ledger.entries import Row
from spark_jobs.ledger.log import Entry, Log
from spark_jobs.ledger.store import Seen, Writer

_MEASURES = f"ops/{measures.TABLE}"
# Files that are older than a column have nulls there.
_MEASURED = pa.schema(
    [("run", pa.string()), *((name, pa.int64()) for name in measures.COUNTS), (measures.CPU, pa.float64())]
)


@dataclass(frozen=True)
class News:
    """What a log tells that the ledger does not have: of a table `anew`, everything."""

    entries: list[Entry]
    first: int
    anew: bool


def run(*, rebuild: bool = False) -> dict[str, object]:
    """Bring Postgres up to date, then ClickHouse; gives counts. Raises ConnectionError if one is away."""
    counts = update(rebuild=rebuild)
    clickhouse.copy()
    return {"ledger": counts}


def update(*, rebuild: bool = False) -> dict[str, int]:
    """Bring the ledger in Postgres up to date; gives counts of tables with news and of their new batches."""
    with store.writing(anew=rebuild) as writer:
        seen = writer.seen()
        # Looked at before the tables: what is noted there is of commits that the tables then tell of.
        counted = _news(Log(ops.path(measures.TABLE)), seen.get(_MEASURES))
        known = {commits.input_name(of, zone): (of, zone) for of, zone in _tables()}
        added = {name: _update_table(writer, *table, seen.get(name)) for name, table in known.items()}
        for name in seen.keys() - known.keys() - {_MEASURES}:
            writer.forget(name)
        read_again = any(one is not None and one.anew for one, _ in added.values())
        _update_measures(writer, seen.get(_MEASURES), counted, all_of_them=read_again)
    return {
        "tables": sum(1 for _, batches in added.values() if batches),
        "batches": sum(batches for _, batches in added.values()),
    }


def _tables() -> Iterator[tuple[Contract, Zone]]:
    """Every table that a contract has, and had in the versions before."""
    for of in contracts().values():
        for version in range(1, of.version + 1):
            yield from ((of.model_copy(update={"version": version}), zone) for zone in of.zones)


def _update_table(writer: Writer, of: Contract, zone: Zone, seen: Seen | None) -> tuple[News | None, int]:
    """The news of a table and how many batches they brought."""
    name = commits.input_name(of, zone)
    news = _news(Log(tables.path(of, zone)), seen)
    if news is None:
        if seen is not None:
            writer.forget(name)
        return None, 0
    if news.anew:
        writer.forget(name)
    elif seen is not None and news.first > seen.first_version:
        writer.forget_before(name, news.first)
    added = writer.add(entries.rows(of, zone, news.entries))
    _note(writer, name, seen, news)
    return news, added


def _news(log: Log, seen: Seen | None) -> News | None:
    """None where there is no table."""
    if seen is not None and (last := log.entry(seen.last_version)) is not None and last.seal == seen.seal:
        found = list(log.entries(seen.last_version + 1))
        if not any(entry.info.get("operation") == "RESTORE" for entry in found):
            first = seen.first_version if log.has(seen.first_version) else log.first()
            return News(found, seen.first_version if first is None else first, anew=False)
    first = log.first()
    return None if first is None else News(list(log.entries(first)), first, anew=True)


def _note(writer: Writer, name: str, seen: Seen | None, news: News) -> None:
    if news.entries:
        writer.note(name, Seen(news.first, news.entries[-1].version, news.entries[-1].seal))
    elif seen is not None and news.first != seen.first_version:
        writer.note(name, Seen(news.first, seen.last_version, seen.seal))


def _update_measures(writer: Writer, seen: Seen | None, news: News | None, *, all_of_them: bool) -> None:
    """Counts of runs: those noted since the last look; all where batches were read again."""
    if news is None:
        writer.forget(_MEASURES)
        return
    if news.entries or all_of_them:
        writer.measure(_measured(ops.path(measures.TABLE), news, all_of_them=all_of_them))
    _note(writer, _MEASURES, seen, news)


def _measured(uri: str, news: News, *, all_of_them: bool) -> list[Row]:
    table = storage.open_table(uri)
    if table is None:
        return []
    rows = storage.dataset(table, uri).replace_schema(_MEASURED)
    if all_of_them or news.anew:
        return list(rows.to_table().to_pylist())
    added = {add["path"] for entry in news.entries for add in entry.adds}
    found = [one.to_table(_MEASURED) for one in rows.get_fragments() if _ends_with(one.path, added)]
    return [row for part in found for row in part.to_pylist()]


def _ends_with(path: str, names: set[str]) -> bool:
    return any(path.endswith(name) for name in names)
