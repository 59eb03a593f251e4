"""Rows of one date of a table → documents: accepted rows that say something, each under an id made from its key."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lake_layout import tables
from lake_layout.contracts import Contract
from spark_jobs import storage
from spark_jobs.publish import delta
from spark_jobs.search import mapping

_ID_BYTES = 16
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Document:
    id: str
    source: dict[str, Any]


class Rows:
    """The rows of a dataset at a version of its truest table."""

    def __init__(self, of: Contract, version: int) -> None:
        """Raises LookupError: the version is gone from the lake."""
        self.of, self.zone = of, of.zones[-1]
        table = delta.open_table(of, self.zone, version)
        if table is None:
            raise LookupError(f"{of.address}: version {version} is gone from the lake")
        present = {field.name for field in table.schema().fields}
        self.dates = sorted({file.date for file in delta.files(table, of, self.zone) if file.date and file.row_count})
        self._day = str(delta.date_column(of, self.zone))
        self._words = [name for name in mapping.words_of(of) if name in present]
        shown = [column.name for column in mapping.columns_of(of)]
        self._names = [name for name in dict.fromkeys([*of.key, *shown]) if name in present]
        self._shown = [name for name in shown if name in present]
        status = tables.ACCEPTED if tables.has_status(of, self.zone) else None
        self._rows = storage.dataset(table, tables.path(of, self.zone), status)

    def documents(self, day: date) -> Iterator[Document]:
        """The documents of one date."""
        for row in self._read(day):
            found = id_of(self.of, row)
            yield Document(found, self._source(row, day, found))

    def _read(self, day: date) -> Iterator[dict[str, Any]]:
        if not self._words:
            return
        says_something = reduce(or_, (pc.field(name).is_valid() for name in self._words))
        on_the_day = pc.field(self._day) == pa.scalar(day, pa.date32())
        found = self._rows.to_table(columns=self._names, filter=on_the_day & says_something)
        for batch in found.to_batches(max_chunksize=_ROWS_AT_ONCE):
            yield from batch.to_pylist()

    def _source(self, row: dict[str, Any], day: date, id_: str) -> dict[str, Any]:
        at = row.get(self.of.event_time or "")
        common = {mapping.DATASET: self.of.address, mapping.DATE: day, mapping.AT: at, mapping.ID: id_}
        told = {**{name: row[name] for name in self._shown}, **common}
        return {name: _plain(value) for name, value in told.items() if value is not None}


def id_of(of: Contract, row: dict[str, Any]) -> str:
    """The same for the same key of the same dataset, whatever else the row holds."""
    told = json.dumps([of.address, *(_plain(row.get(name)) for name in of.key)], ensure_ascii=False)
    return hashlib.blake2b(told.encode(), digest_size=_ID_BYTES).hexdigest()


def _plain(value: Any) -> Any:
    """As JSON has it; numbers that must not be rounded as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value
