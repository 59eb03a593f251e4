"""Indices of OpenSearch, one for each release, and the alias by which readers ask for the one that is shown.

The last that is written to an index is its own name, in its mapping (`_meta`): one without it was never finished.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import NotFoundError

from lake_layout.profile import profile
from lake_layout.warehouse_names import release_of
from spark_jobs.halt import Halt
from spark_jobs.search import mapping
from spark_jobs.search.documents import Document

_ACTIONS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 8 * 1024 * 1024
_BUCKETS_AT_ONCE = 1_000
_WHOLE, _PINS = "whole", "pins"
Pins = dict[str, list[Any]]
"""Dataset → Delta's name of its table, and the version that was indexed (None: there was no table)."""
Counts = dict[tuple[str, str], int]
"""Dataset and date → documents."""


@dataclass(frozen=True)
class Whole:
    """An index that was finished."""

    name: str
    edition: str
    pins: Pins


def name_of(release_id: int, edition: str) -> str:
    return f"{release_of(profile().search.alias, release_id)}_{edition}"


def all_whole(client: OpenSearch) -> dict[str, Whole]:
    """Name → index, of those that are finished."""
    found = {}
    for name, told in client.indices.get_mapping(index=_all()).items():
        match, meta = mapping.is_name(name), told["mappings"].get("_meta", {})
        # A copy says of itself what its base did.
        if match and meta.get(_WHOLE) == name:
            found[name] = Whole(name, match[2], meta[_PINS])
    return found


def _all() -> str:
    return f"{profile().search.alias}_r*"


def shown(client: OpenSearch) -> str | None:
    """The index that readers see; None before the first."""
    try:
        return next(iter(client.indices.get_alias(name=profile().search.alias)), None)
    except NotFoundError:
        return None


def begin(client: OpenSearch, name: str, body: Mapping[str, Any], base: Whole | None) -> None:
    """An index without documents, or with those of a base; what an attempt before left is deleted."""
    client.indices.delete(index=name, ignore_unavailable=True)
    if base is None:
        client.indices.create(index=name, body=dict(body))
        return
    # Its files are linked and not copied.
    client.indices.clone(index=base.name, target=name, body={"settings": {"index.blocks.write": None}})
    client.cluster.health(index=name, params={"wait_for_status": "yellow"})


def take_out(client: OpenSearch, name: str, dataset: str, dates: Iterable[date] | None) -> None:
    """Delete a dataset's documents of these dates, or all of them."""
    chosen: list[dict[str, Any]] = [{"term": {mapping.DATASET: dataset}}]
    if dates is not None:
        chosen.append({"terms": {mapping.DATE: [day.isoformat() for day in dates]}})
    client.delete_by_query(index=name, body={"query": {"bool": {"filter": chosen}}}, params={"refresh": "true"})


def put(client: OpenSearch, name: str, documents: Iterable[Document]) -> int:
    """Index documents; the number of them.

    Raises Halt: one was refused. What it says is not told, for it is personal.
    """
    actions = ({"_index": name, "_id": one.id, "_source": one.source} for one in documents)
    sent = helpers.streaming_bulk(
        client,
        actions,
        chunk_size=_ACTIONS_AT_ONCE,
        max_chunk_bytes=_BYTES_AT_ONCE,
        max_retries=3,
        raise_on_error=False,
    )
    count = 0
    for is_good, told in sent:
        if not is_good:
            error = told["index"].get("error") or {}
            raise Halt(f"{name}: OpenSearch refuses document {told['index']['_id']}: {error.get('type')}")
        count += 1
    return count


def counts(client: OpenSearch, name: str) -> Counts:
    """How many documents an index holds, by dataset and date."""
    day = {"field": mapping.DATE, "calendar_interval": "1d", "format": "yyyy-MM-dd"}
    sources = [{"dataset": {"terms": {"field": mapping.DATASET}}}, {"date": {"date_histogram": day}}]
    found: Counts = {}
    after: dict[str, Any] = {}
    while True:
        buckets = {"composite": {"size": _BUCKETS_AT_ONCE, "sources": sources, **after}}
        told = client.search(index=name, body={"size": 0, "aggs": {"by_date": buckets}})["aggregations"]["by_date"]
        found |= {(one["key"]["dataset"], one["key"]["date"]): one["doc_count"] for one in told["buckets"]}
        if "after_key" not in told:
            return found
        after = {"after": told["after_key"]}


def refresh(client: OpenSearch, name: str) -> None:
    """Let searches see what was indexed."""
    client.indices.refresh(index=name)


def finish(client: OpenSearch, name: str, pins: Pins) -> None:
    """From here on nobody writes to the index, and it counts as whole."""
    client.indices.put_settings(index=name, body={"index.blocks.write": True})
    client.indices.put_mapping(index=name, body={"_meta": {_WHOLE: name, _PINS: pins}})


def show(client: OpenSearch, name: str) -> None:
    """Let readers see this index, and no other any longer, in one step."""
    alias, before = profile().search.alias, shown(client)
    gone = [{"remove": {"index": before, "alias": alias}}] if before else []
    if before != name:
        client.indices.update_aliases(body={"actions": [*gone, {"add": {"index": name, "alias": alias}}]})


def drop_all_but(client: OpenSearch, releases: Iterable[int], edition: str) -> list[str]:
    """Delete indices of other releases, and of another edition; their names. What is shown stays."""
    kept, seen = {name_of(one, edition) for one in releases}, shown(client)
    ours = sorted(name for name in client.indices.get(index=_all()) if mapping.is_name(name))
    gone = [name for name in ours if name not in kept and name != seen]
    for name in gone:
        client.indices.delete(index=name)
    return gone
