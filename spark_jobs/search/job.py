"""The current release → an index that its readers search: pins → changed dates → documents → proof → alias.

The index of a release begins as a copy of the one that is shown; only dates whose files differ are taken out and
indexed anew. It is shown when it holds what it must, date by date. Without Spark. Alone: `python -m spark_jobs search`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from opensearchpy import OpenSearch

from lake_layout.contracts import Contract
from lake_layout.profile import profile
from spark_jobs.halt import Halt
from spark_jobs.publish import delta
from spark_jobs.release import lock, log
from spark_jobs.release.log import Pinned
from spark_jobs.search import index, mapping, node
from spark_jobs.search.documents import Rows
from spark_jobs.search.index import Counts, Whole


@dataclass(frozen=True)
class Part:
    """A dataset in an index that is made: `dates` are those to be indexed anew, None means all."""

    of: Contract
    pin: Pinned | None
    dates: list[date] | None

    @property
    def version(self) -> int | None:
        return self.pin.lake_version if self.pin else None


def run() -> dict[str, Any]:
    """Show the current release; the summary counts documents that were indexed, by dataset.

    Raises Off: there is no search. Raises Halt: the index does not hold what it must. Raises ConnectionError: the
    search or Postgres does not answer, or another one is at work.
    """
    with node.opened() as client, lock.held(profile().timeouts.job, lock.SEARCH):
        found = log.read()
        if found.current is None:
            return {"release": None}
        body = mapping.body(mapping.searched())
        name = index.name_of(found.current, mapping.edition(body))
        indexed = {} if name in index.all_whole(client) else _make(client, name, body, found.pins(found.current))
        index.show(client, name)
        gone = index.drop_all_but(client, found.kept(log.now()), mapping.edition(body))
    return {"release": found.current, "index": name, "indexed": indexed, "dropped": gone}


def _make(client: OpenSearch, name: str, body: Mapping[str, Any], pins: tuple[Pinned, ...]) -> dict[str, int]:
    pinned = {pin.dataset: pin for pin in pins}
    base = _base(client, mapping.edition(dict(body)))
    parts = [_part(of, pinned.get(of.address), base) for of in mapping.searched()]
    if all(part.dates is None for part in parts):
        base = None
    index.begin(client, name, body, base)
    expected = index.counts(client, base.name) if base else {}
    indexed = {part.of.address: _replace(client, name, part, expected, has_base=base is not None) for part in parts}
    index.refresh(client, name)
    _require(index.counts(client, name), expected, name)
    index.finish(client, name, {part.of.address: _known(part.pin) for part in parts})
    return indexed


def _base(client: OpenSearch, edition: str) -> Whole | None:
    """The index that is shown, if its documents are made as they are made now."""
    found = index.all_whole(client).get(index.shown(client) or "")
    return found if found and found.edition == edition else None


def _part(of: Contract, pin: Pinned | None, base: Whole | None) -> Part:
    if base is None or of.address not in base.pins:
        return Part(of, pin, None)
    was, now = base.pins[of.address], _known(pin)
    return Part(of, pin, delta.changed_dates(of, of.zones[-1], (was[0], was[1]), (now[0], now[1])))


def _known(pin: Pinned | None) -> list[Any]:
    return [pin.lake_table_id, pin.lake_version] if pin else [None, None]


def _replace(client: OpenSearch, name: str, part: Part, expected: Counts, *, has_base: bool) -> int:
    """Index a dataset's dates anew; `expected` tells afterwards what the index must hold of them."""
    address, dates = part.of.address, part.dates
    if dates == []:
        return 0
    if has_base:
        index.take_out(client, name, address, dates)
    for one in [
        one for one in expected if one[0] == address and (dates is None or date.fromisoformat(one[1]) in dates)
    ]:
        del expected[one]
    if part.version is None:
        return 0
    rows = Rows(part.of, part.version)
    held = {day: index.put(client, name, rows.documents(day)) for day in rows.dates if dates is None or day in dates}
    expected |= {(address, day.isoformat()): count for day, count in held.items() if count}
    return sum(held.values())


def _require(found: Counts, expected: Counts, name: str) -> None:
    """Raises Halt: a date holds other documents than it must."""
    wrong = sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))
    if wrong:
        lines = [f"{a} {day}: {found.get((a, day), 0)}, not {expected.get((a, day), 0)}" for a, day in wrong[:20]]
        raise Halt("\n".join([f"{name} does not hold what it must, so readers go on with the one before:", *lines]))
