"""Append-only tables of events, `<lake>/ops/<name>`, written without Spark: what was decided, and in which order.

An event is one Delta commit that is refused if another came since it was thought of, so that no two processes decide
from the same page. Each event carries its number, `sequence`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake
from deltalake.exceptions import DeltaError

from spark_jobs import ops, storage

Row = dict[str, Any]
_REFUSED_IF_ANOTHER_CAME = CommitProperties(max_commit_retries=0)
_SEQUENCE = pa.field("sequence", pa.int64())


def read(name: str) -> list[Row]:
    """All events, oldest first; empty before the first."""
    return _read(name)[0]


def append(name: str, schema: pa.Schema, decide: Callable[[Sequence[Row]], Mapping[str, Any]]) -> Row:
    """Add one event, decided from the log as it stands; decided anew if another came in between."""
    while True:
        rows, version = _read(name)
        event = {**decide(rows), "sequence": version + 1}
        try:
            _commit(name, schema.append(_SEQUENCE), event, is_first=version < 0)
        except DeltaError:
            if _read(name)[1] == version:
                raise
        else:
            return event


def _read(name: str) -> tuple[list[Row], int]:
    """The events, and the version of their table: -1 while there is none."""
    uri = ops.path(name)
    table = storage.open_table(uri)
    if table is None:
        return [], -1
    rows: list[Row] = storage.dataset(table, uri).to_table().sort_by("sequence").to_pylist()
    return rows, table.version()


def _commit(name: str, schema: pa.Schema, event: Row, *, is_first: bool) -> None:
    uri = ops.path(name)
    table = None if is_first else storage.open_table(uri, event["sequence"] - 1)
    write_deltalake(
        table or storage.delta_uri(uri),
        pa.Table.from_pylist([event], schema=schema),
        mode="error" if table is None else "append",
        schema_mode=None if table is None else "merge",
        storage_options=storage.delta_options(uri) if table is None else None,
        commit_properties=_REFUSED_IF_ANOTHER_CAME,
    )
