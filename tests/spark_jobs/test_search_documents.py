"""What OpenSearch is told: the mapping follows from contracts, ids from keys, queries from questions."""

from datetime import date
from typing import Any

import pytest
from search_lake import LOGS, MONDAY, TUESDAY, TURNS, WORKOUTS, line, put, turn, workout

from expectations.rules import edition
from lake_layout.contracts import Column, Contract, Zone, contract
from spark_jobs.publish import delta
from spark_jobs.search import documents, mapping
from spark_jobs.search.documents import Document, Rows
from spark_jobs.search.question import Question, query


def documents_of(address: str, day: date, version: int = 0) -> list[Document]:
    return list(Rows(contract(address), version).documents(day))


def with_column(of: Contract, **column: Any) -> Contract:
    told = Column(**{"type": "string", "description": "Something.", **column})
    return of.model_copy(update={"columns": (*of.columns, told)})


def test_these_datasets_are_searched_and_their_words_are_text() -> None:
    of_all = mapping.searched()
    assert {of.address: mapping.words_of(of) for of in of_all} == {
        TURNS: ["text"],
        WORKOUTS: ["notes"],
        LOGS: ["message"],
    }
    fields = mapping.body(of_all)["mappings"]["properties"]
    assert {name for name, field in fields.items() if field["type"] == "text"} == {"text", "notes", "message"}
    kinds = {name: fields[name]["type"] for name in ("user_id", "tokens", "distance_m", "is_finished", "started_at")}
    assert kinds == {
        "user_id": "keyword",
        "tokens": "integer",
        "distance_m": "double",
        "is_finished": "boolean",
        "started_at": "date",
    }
    assert not [name for name in fields if name.startswith("_")]


def test_of_what_is_personal_only_the_words_and_whose_they_are_is_indexed() -> None:
    of = with_column(contract(TURNS), name="birth_year", type="int", pii=True)
    assert "birth_year" not in {column.name for column in mapping.columns_of(of)}
    assert {column.name for column in mapping.columns_of(of) if column.pii} == {"user_id", "text"}
    assert "device_id" not in {column.name for column in mapping.columns_of(contract(WORKOUTS))}


def test_one_name_means_one_thing_in_all_documents() -> None:
    other = with_column(contract(LOGS), name="tokens", type="string")
    with pytest.raises(ValueError, match="app_logs/service_logs: tokens is something else"):
        mapping.body([contract(TURNS), other])
    with pytest.raises(ValueError, match="no field is known for struct"):
        mapping.body([with_column(contract(TURNS), name="place", type="struct<x: int>")])


def test_an_index_has_another_name_when_its_documents_would_be_others() -> None:
    one, two = (mapping.edition(mapping.body([of])) for of in (contract(TURNS), contract(LOGS)))
    assert one != two and one == mapping.edition(mapping.body([contract(TURNS)]))
    assert mapping.is_name(f"lake_r13_{one}")
    assert not any(mapping.is_name(name) for name in (f"lake_r13_{one}_old", f"other_r13_{one}", "lake_r13", "lake"))


def test_that_a_column_is_searched_changes_nothing_for_the_rules() -> None:
    of = contract(TURNS)
    columns = tuple(column.model_copy(update={"searched": False}) for column in of.columns)
    assert edition(of, Zone.SILVER) == edition(of.model_copy(update={"columns": columns}), Zone.SILVER)


def test_an_id_follows_from_dataset_and_key_and_from_nothing_else() -> None:
    of, row = contract(TURNS), turn("one", "Hello")
    assert documents.id_of(of, row) == documents.id_of(of, {**row, "text": "Bye", "event_date": TUESDAY})
    assert documents.id_of(of, row) != documents.id_of(of, turn("two", "Hello"))
    # Parts of a key do not run together, and one that is missing is none of its own.
    first, second = line("b", service="a"), line("", service="ab")
    assert documents.id_of(contract(LOGS), first) != documents.id_of(contract(LOGS), second)
    nothings = [line("null"), line("None"), line(""), line(None)]
    assert len({documents.id_of(contract(LOGS), one) for one in nothings}) == 4


def test_documents_are_the_accepted_rows_of_a_day_that_say_something(own_lake: None) -> None:
    put(TURNS, turn("one", "Hello", tokens=2), turn("no", "x", _status="rejected"), turn("mute", None, TUESDAY))
    put(WORKOUTS, workout("run", "Windy"), workout("swim", None))
    [told] = documents_of(TURNS, MONDAY)
    assert told.source == {
        "dataset": TURNS,
        "date": "2025-03-24",
        "at": "2025-03-24T10:00:00+00:00",
        "id": told.id,
        "occurred_at": "2025-03-24T10:00:00+00:00",
        "event_date": "2025-03-24",
        "event_id": "one",
        "conversation_id": "c",
        "user_id": "anna",
        "role": "user",
        "text": "Hello",
        "tokens": 2,
    }
    assert documents_of(TURNS, TUESDAY) == []
    assert [one.source["workout_session_id"] for one in documents_of(WORKOUTS, MONDAY)] == ["run"]


def test_only_a_table_where_a_key_is_there_once_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    landed = contract(LOGS).model_copy(update={"silver": None})
    monkeypatch.setattr(mapping, "contracts", lambda: {LOGS: landed})
    with pytest.raises(ValueError, match="app_logs/service_logs: only a table of silver or gold"):
        mapping.searched()


def test_rows_are_those_of_the_version_asked_for(own_lake: None) -> None:
    put(TURNS, turn("old", "Old"))
    put(TURNS, turn("new", "New", TUESDAY))
    assert [one.source["text"] for one in documents_of(TURNS, MONDAY, 0)] == ["Old"]
    assert Rows(contract(TURNS), 1).dates == [TUESDAY]


def test_dates_are_compared_by_their_files_and_a_table_made_anew_is_all_new(own_lake: None) -> None:
    put(TURNS, turn("a", "A"), turn("b", "B", TUESDAY))
    put(TURNS, turn("b", "B, again", TUESDAY), only=TUESDAY)
    table = delta.open_table(contract(TURNS), Zone.SILVER)
    assert table is not None
    first, second = ((str(table.metadata().id), version) for version in (0, 1))
    for was, dates in ((first, [TUESDAY]), (second, []), (("another", 0), None)):
        assert delta.changed_dates(contract(TURNS), Zone.SILVER, was, second) == dates


def test_a_question_becomes_words_that_must_be_there_and_filters() -> None:
    told = query(Question("tired legs", (TURNS,), MONDAY, TUESDAY, "anna", 3))
    must, should, filters = (told["query"]["bool"][part] for part in ("must", "should", "filter"))
    assert must[0]["simple_query_string"]["default_operator"] == "and"
    assert should[0]["multi_match"]["type"] == "phrase"
    assert filters == [
        {"terms": {"dataset": [TURNS]}},
        {"range": {"date": {"gte": "2025-03-24", "lte": "2025-03-25"}}},
        {"term": {"user_id": "anna"}},
    ]
    assert told["size"] == 3
    assert query(Question("tired"))["query"]["bool"]["filter"] == []


def test_what_is_as_good_and_as_new_is_in_the_order_of_ids() -> None:
    assert [next(iter(key)) if isinstance(key, dict) else key for key in query(Question("tired"))["sort"]] == [
        "_score",
        "at",
        "id",
    ]
