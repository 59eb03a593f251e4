"""What OpenSearch is told of documents: contracts with searched columns → one body for an index of all their rows.

A document has the contract's columns under their names, and four that all have in common.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from lake_layout import tables
from lake_layout.contracts import Column, Contract, Zone, contracts
from lake_layout.profile import profile
from spark_jobs.publish import delta

DATASET, DATE, AT, ID = "dataset", "date", "at", "id"
PERSON = "user_id"
_DIGITS = 8
# To be raised when the same rows become other documents.
_LAYOUT = 1
# A term of Lucene has at most 32,766 bytes, a character in UTF-8 at most four.
_LONGEST_TERM = 8191
_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST_TERM}
_WORDS = {"type": "text", "analyzer": "words"}
_DAY = {"type": "date", "format": "strict_date"}
_INSTANT = {"type": "date"}
_TYPES: dict[str, dict[str, Any]] = {
    "string": _KEYWORD,
    "boolean": {"type": "boolean"},
    "int": {"type": "integer"},
    "bigint": {"type": "long"},
    "double": {"type": "double"},
    "date": _DAY,
    "timestamp": _INSTANT,
}
_DECIMAL = re.compile(r"decimal\(\d+,\s*\d+\)")
_SETTINGS = {
    "index": {
        "auto_expand_replicas": "0-1",
        # What is being built is refreshed once, when it is whole.
        "refresh_interval": "-1",
    },
    "analysis": {
        "analyzer": {
            # Words in any case, with or without accents, in any English form; none is left out, so that every
            # phrase can be found.
            "words": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding", "porter_stem"]}
        }
    },
}


def searched() -> list[Contract]:
    """The contracts that have columns whose words people look for.

    Raises ValueError: one may hold a key twice, or has no dates, by which its documents could be replaced.
    """
    found = [of for of in contracts().values() if words_of(of)]
    if unfit := [of.address for of in found if not _has_keys_and_dates(of)]:
        raise ValueError(f"{', '.join(unfit)}: only a table of silver or gold with dates can be searched")
    return found


def _has_keys_and_dates(of: Contract) -> bool:
    return of.zones[-1] is not Zone.BRONZE and delta.date_column(of, of.zones[-1]) is not None


def words_of(of: Contract) -> list[str]:
    """The names of the columns whose words are looked for."""
    return [column.name for column in of.columns if column.searched]


def columns_of(of: Contract) -> list[Column]:
    """What a document shows of a row; of what is personal only the words themselves and whose they are."""
    words = {*words_of(of), PERSON}
    return [column for column in tables.shown(of) if not column.pii or column.name in words]


def body(of_all: Iterable[Contract]) -> dict[str, Any]:
    """Settings and mapping of an index for the contracts.

    Raises ValueError: two contracts mean different things by one name.
    """
    fields: dict[str, Any] = {DATASET: _KEYWORD, DATE: _DAY, AT: _INSTANT, ID: _KEYWORD}
    for of in of_all:
        for column in columns_of(of):
            field = _WORDS if column.searched else _field(column)
            if fields.setdefault(column.name, field) != field:
                raise ValueError(f"{of.address}: {column.name} is something else in another document")
    return {"settings": _SETTINGS, "mappings": {"dynamic": "strict", "properties": fields}}


def edition(of: dict[str, Any]) -> str:
    """Changes with whatever an index of this body knows of its documents."""
    told = json.dumps([_LAYOUT, of], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]


def _field(column: Column) -> dict[str, Any]:
    type_ = column.type
    if type_.startswith("array<") and type_[6:-1] in _TYPES:
        type_ = type_[6:-1]
    if _DECIMAL.fullmatch(type_):
        return _TYPES["double"]
    if type_ not in _TYPES:
        raise ValueError(f"{column.name}: no field is known for {column.type}")
    return _TYPES[type_]


def is_name(index: str) -> re.Match[str] | None:
    """Whether an index is one of ours: its release and its edition."""
    return re.fullmatch(rf"{re.escape(profile().search.alias)}_r(\d+)_([0-9a-f]{{{_DIGITS}}})", index)
