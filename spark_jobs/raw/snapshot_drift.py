"""Columns of a snapshot that are not what they were: last position + columns of now → words, names in raw, or a halt.

Raw keeps every column as it was, and a Delta column has one type: a column that comes with another type is kept beside
the old one, as `<name>__<type>`. Bronze reads both by the name that the contract knows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import SparkSession

from lake_layout.contracts import Contract, Snapshot, Zone
from spark_jobs import read
from spark_jobs.halt import Halt

STORED = "stored"
Types = Sequence[tuple[str, str]]
"""Name and Spark SQL type of each column."""


@dataclass(frozen=True)
class Drift:
    """`words` tell what changed since the last snapshot; `stored` is the name in raw of a column of another type."""

    words: tuple[str, ...] = ()
    stored: Mapping[str, str] = field(default_factory=dict)


def since(spark: SparkSession, of: Contract, last: Mapping[str, Any] | None, now: Types) -> Drift:
    """What changed since the snapshot at position `last`. Raises Halt where the contract wants that."""
    if last is None:
        return Drift()
    in_raw = dict(read.table(spark, of, Zone.RAW).dtypes)
    stored = {name: _beside(name, type_) for name, type_ in now if in_raw.get(name, type_) != type_}
    had, stored_before = last["columns"], last.get(STORED, {})
    added = [f"{name} ({type_}) is new: raw keeps it" for name, type_ in now if name not in had]
    removed = [f"{name} is gone{_needed(of, name)}" for name in had if name not in dict(now)]
    retyped = [
        f"{name} is {type_} now, no longer {in_raw[stored_before.get(name, name)]}: raw keeps it as {stored[name]}"
        if name in stored
        else f"{name} is {type_} again"
        for name, type_ in now
        if name in had and stored.get(name) != stored_before.get(name)
    ]
    changes = {"added": added, "removed": removed, "retyped": retyped}
    _halt_where_wanted(of, changes)
    return Drift(tuple(f"{of.address}: column {words}" for found in changes.values() for words in found), stored)


def _beside(name: str, type_: str) -> str:
    return f"{name}__{re.sub(r'[^a-z0-9]+', '_', type_.lower()).strip('_')}"


def _needed(of: Contract, name: str) -> str:
    known = {source for column in of.columns for source in (column.name, *column.source_names)}
    return ", and the contract knows it: bronze rejects a snapshot that lacks a column of it" if name in known else ""


def _halt_where_wanted(of: Contract, changes: Mapping[str, Sequence[str]]) -> None:
    assert isinstance(of.origin, Snapshot)
    rule = of.origin.drift.model_dump()
    halting = {kind: found for kind, found in changes.items() if found and rule[kind] == "halt"}
    if halting:
        words = "; ".join(f"column {one}" for found in halting.values() for one in found)
        raise Halt(
            f"{of.address}: {words}. Its contract halts here: undo the change in the source, or set "
            f"{', '.join(f'origin.drift.{kind}: keep' for kind in halting)}"
        )
