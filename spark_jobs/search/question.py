"""What people ask of the search: words and filters → a query of OpenSearch → what was found, the best first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from opensearchpy.exceptions import NotFoundError

from lake_layout.contracts import contract
from lake_layout.profile import profile
from spark_jobs.search import mapping, node

BEGIN, END = "<em>", "</em>"
"""What stands around found words in a snippet."""
_SNIPPET_CHARACTERS, _SNIPPETS = 160, 2
# OpenSearch refuses to highlight in a text that is longer than it may look through.
_LOOKED_THROUGH = 999_999
_PHRASE_WEIGHT = 2


@dataclass(frozen=True)
class Question:
    """Words, of which all must be there; "in quotes" as a phrase, `-` before what must not, `*` after a beginning.

    Dates are those of the datasets' partitions, the days on people's wrists; None does not limit.
    """

    words: str
    datasets: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    user: str | None = None
    limit: int = 10


@dataclass(frozen=True)
class Hit:
    """`row` has the columns that are indexed, `snippets` the places where the words stand, between BEGIN and END."""

    dataset: str
    score: float
    key: dict[str, Any]
    date: str
    at: str | None
    user: str | None
    snippets: tuple[str, ...]
    row: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """The best hits, of `total`."""

    total: int
    hits: tuple[Hit, ...]


def ask(question: Question) -> Answer:
    """Look in the index that is shown.

    Raises LookupError: there is none yet. Raises Off, ConnectionError, PermissionError: as `node.opened` does.
    """
    with node.opened(reader=True) as client:
        try:
            # Words are weighed by how rare they are in all of the index, however it is cut.
            found = client.search(
                index=profile().search.alias, body=query(question), params={"search_type": "dfs_query_then_fetch"}
            )
        except NotFoundError as error:
            raise LookupError("nothing can be searched yet: `lake run search` indexes the current release") from error
    return Answer(found["hits"]["total"]["value"], tuple(_hit(one) for one in found["hits"]["hits"]))


def query(question: Question) -> dict[str, Any]:
    """All words must be there; where they stand side by side as they were asked, the better."""
    fields = sorted({name for of in mapping.searched() for name in mapping.words_of(of)})
    words = {"query": question.words, "fields": fields}
    together = {"multi_match": {**words, "type": "phrase", "boost": _PHRASE_WEIGHT}}
    return {
        "size": question.limit,
        "track_total_hits": True,
        "query": {
            "bool": {
                "must": [{"simple_query_string": {**words, "default_operator": "and", "analyze_wildcard": True}}],
                "should": [together],
                "filter": _filters(question),
            }
        },
        # What is as good and as new is in the same order in every answer; `_id` itself sorts at the price of memory.
        "sort": ["_score", {mapping.AT: {"order": "desc"}}, {mapping.ID: {"order": "asc", "unmapped_type": "keyword"}}],
        "highlight": {
            "pre_tags": [BEGIN],
            "post_tags": [END],
            "fragment_size": _SNIPPET_CHARACTERS,
            "number_of_fragments": _SNIPPETS,
            "max_analyzer_offset": _LOOKED_THROUGH,
            "fields": {name: {} for name in fields},
        },
    }


def _filters(question: Question) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if question.datasets:
        found.append({"terms": {mapping.DATASET: list(question.datasets)}})
    ends = {"gte": question.first, "lte": question.last}
    if span := {end: day.isoformat() for end, day in ends.items() if day}:
        found.append({"range": {mapping.DATE: span}})
    if question.user:
        found.append({"term": {mapping.PERSON: question.user}})
    return found


def _hit(found: Mapping[str, Any]) -> Hit:
    row = dict(found["_source"])
    dataset, day, at, _id = (row.pop(name, None) for name in (mapping.DATASET, mapping.DATE, mapping.AT, mapping.ID))
    snippets = [snippet for of_field in found.get("highlight", {}).values() for snippet in of_field]
    key = {name: row.get(name) for name in contract(dataset).key}
    return Hit(dataset, round(found["_score"], 3), key, day, at, row.get(mapping.PERSON), tuple(snippets), row)
