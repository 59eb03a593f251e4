"""Search in a real OpenSearch: what was said is found once, ranked, within filters, as the current release has it."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from search_lake import (
    LOGS,
    MONDAY,
    TUESDAY,
    TURNS,
    WEDNESDAY,
    WORKOUTS,
    command,
    line,
    put,
    release,
    running,
    turn,
    workout,
)

from lake_layout.profile import profile
from spark_jobs.halt import Halt
from spark_jobs.release import log
from spark_jobs.release.log import Did, Event
from spark_jobs.search import index, job, mapping, node, question
from spark_jobs.search.documents import Document, Rows
from spark_jobs.search.question import Question

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    """Postgres, which holds the lock, and a search node; the variables of their home."""
    with running() as environment:
        yield environment


@pytest.fixture
def empty(services: dict[str, str], own_lake: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An empty lake, and nothing indexed; the variables for other processes."""
    environment = {**services, "LAKE_LAKE__ROOT": profile().lake.root}
    for name, value in services.items():
        monkeypatch.setenv(name, value)
    profile.cache_clear()
    with node.opened() as client:
        index.drop_all_but(client, (), "")
        if name := index.shown(client):
            client.indices.delete(index=name)
    return environment


def found(words: str, **filters: Any) -> list[str]:
    """Keys of what is found, the best first."""
    return [str(next(iter(hit.key.values()))) for hit in question.ask(Question(words, **filters)).hits]


@pytest.fixture
def talked(empty: dict[str, str]) -> dict[str, str]:
    """Release 1, indexed: conversations of three days, a note on a workout, lines of a log."""
    put(
        TURNS,
        turn("apart", "Legs? Tired."),
        turn("phrase", "After the run I had tired legs"),
        turn("other", "What shall I eat before a run?", user="ben"),
        turn("rejected", "tired legs, but rejected", _status="rejected"),
        turn("silent", None),
        turn("later", "Tired legs again", TUESDAY, user="ben"),
        turn("last", "Runners are running late", WEDNESDAY),
    )
    put(WORKOUTS, workout("w1", "Legs were tired from the stairs"), workout("w2", None))
    put(LOGS, line("upstream timed out"), line("tired of waiting"))
    release(1)
    job.run()
    return empty


def test_a_phrase_is_found_where_it_was_said_and_ranks_before_the_words_apart(talked: dict[str, str]) -> None:
    assert found("tired legs", datasets=(TURNS,), last=MONDAY) == ["phrase", "apart"]
    assert set(found('"tired legs"')) == {"phrase", "later"}
    assert set(found("tired legs")) == {"phrase", "later", "apart", "w1"}
    [hit] = question.ask(Question('"tired legs"', last=MONDAY)).hits
    assert hit.snippets == ("After the run I had <em>tired</em> <em>legs</em>",)
    assert (hit.dataset, hit.date, hit.user, hit.at) == (TURNS, "2025-03-24", "anna", "2025-03-24T10:00:00+00:00")


def test_words_match_in_other_forms_and_a_minus_leaves_out(talked: dict[str, str]) -> None:
    assert set(found("run")) == {"phrase", "other", "last"}
    assert set(found("runs -eat -late")) == {"phrase"}
    assert found("stair*") == ["w1"]
    assert found("nobody said this") == []


def test_filters_keep_what_is_outside_of_them_out(talked: dict[str, str]) -> None:
    assert found("tired", datasets=(WORKOUTS,)) == ["w1"]
    assert found("tired legs", user="ben", datasets=(TURNS,)) == ["later"]
    assert found("tired legs", first=TUESDAY) == ["later"]
    assert set(found("tired legs", last=MONDAY)) == {"phrase", "apart", "w1"}
    assert len(found("tired", limit=2)) == 2


def test_a_line_of_a_log_is_found_on_the_date_on_which_it_was_written(talked: dict[str, str]) -> None:
    answer = question.ask(Question("upstream", first=MONDAY, last=MONDAY))
    assert (answer.total, [hit.row["message"] for hit in answer.hits]) == (1, ["upstream timed out"])


def test_the_command_prints_what_programs_and_people_can_read(talked: dict[str, str]) -> None:
    told = json.loads(command(talked, "search", '"tired legs"', "--to", "2025-03-24", "--json"))
    assert (told["total"], told["hits"][0]["key"]) == (1, {"event_id": "phrase"})
    lines = command(talked, "search", "tired legs", "--dataset", TURNS, "--user", "anna").splitlines()
    assert lines[0].split()[1:] == ["2025-03-24", "10:00:00", "UTC", TURNS, "anna"]
    assert lines[1].strip() == "After the run I had tired legs"


def test_a_rerun_indexes_nothing_and_changes_nothing(talked: dict[str, str]) -> None:
    with node.opened() as client:
        before = index.counts(client, index.shown(client) or "")
        assert job.run()["indexed"] == {}
        assert index.counts(client, index.shown(client) or "") == before
    assert before[(TURNS, "2025-03-24")] == 3 and before[(LOGS, "2025-03-24")] == 2


def test_a_day_that_is_replaced_leaves_no_double_and_no_ghost(talked: dict[str, str]) -> None:
    put(TURNS, turn("phrase", "After the run I had tired legs"), turn("apart", "All is well"), only=MONDAY)
    # A turn that has moved to another day.
    put(TURNS, turn("later", "Tired legs again", WEDNESDAY), turn("last", "Good night", WEDNESDAY), only=WEDNESDAY)
    put(TURNS, turn("new", "Good morning", TUESDAY), only=TUESDAY)
    release(2)
    assert found("good morning") == []
    assert job.run()["indexed"] == {TURNS: 5, WORKOUTS: 0, LOGS: 0}
    assert sorted(found('"tired legs"')) == ["later", "phrase"]
    assert found("tired", datasets=(TURNS,), first=TUESDAY, last=TUESDAY) == []
    assert (found("eat"), found("running late"), found("good morning")) == ([], [], ["new"])
    assert found("stairs") == ["w1"]


def test_only_days_that_changed_are_indexed_anew(talked: dict[str, str]) -> None:
    put(TURNS, turn("late", "It came late", TUESDAY), only=TUESDAY)
    release(2)
    assert job.run()["indexed"] == {TURNS: 1, WORKOUTS: 0, LOGS: 0}
    assert set(found("run")) == {"phrase", "other", "last"}


def test_what_is_searched_follows_a_rollback_and_the_release_after_it(talked: dict[str, str]) -> None:
    put(TURNS, turn("second", "Second release"))
    release(2)
    job.run()
    assert (found("legs", datasets=(TURNS,)), found("second")) == ([], ["second"])
    log.append(lambda _log: Event(Did.ROLLED_BACK, 1, log.now()))
    assert job.run()["indexed"] == {}
    assert (set(found("legs", datasets=(TURNS,))), found("second")) == ({"apart", "phrase", "later"}, [])
    put(TURNS, turn("third", "Third release"))
    release(3)
    job.run()
    assert (found("legs", datasets=(TURNS,)), found("third")) == ([], ["third"])


def test_indices_of_releases_that_are_not_kept_are_dropped(talked: dict[str, str]) -> None:
    for number, days_ago in ((2, 3), (3, 2), (4, 0)):
        put(TURNS, turn("one", f"number {number}"))
        release(number, log.now() - timedelta(days=days_ago))
        done = job.run()
    with node.opened() as client:
        assert [int(str(mapping.is_name(name)[1])) for name in sorted(index.all_whole(client))] == [3, 4]
    assert found("number") == ["one"] and done["release"] == 4


def test_an_index_that_was_cut_short_is_made_anew(talked: dict[str, str], monkeypatch: Any) -> None:
    put(TURNS, turn("one", "One"), turn("two", "Two", TUESDAY))
    release(2)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(index, "refresh", cut)
        with pytest.raises(KeyboardInterrupt):
            job.run()
    assert set(found('"tired legs"')) == {"phrase", "later"}
    assert job.run()["indexed"][TURNS] == 2
    assert (found("legs", datasets=(TURNS,)), found("two")) == ([], ["two"])


def test_an_index_that_does_not_hold_what_it_must_is_not_shown(talked: dict[str, str], monkeypatch: Any) -> None:
    put(TURNS, turn("one", "One"), turn("two", "Two"), only=MONDAY)
    release(2)
    whole = Rows.documents

    def same_id(rows: Rows, day: date) -> Any:
        return ((one if rows.of.address != TURNS else type(one)("same", one.source)) for one in whole(rows, day))

    with monkeypatch.context() as patch:
        patch.setattr(Rows, "documents", same_id)
        with pytest.raises(Halt, match="2025-03-24: 1, not 2"):
            job.run()
    assert set(found('"tired legs"')) == {"phrase", "later"}
    job.run()
    assert found("two") == ["two"]


def test_a_document_that_is_refused_is_named_and_not_quoted(talked: dict[str, str], monkeypatch: Any) -> None:
    put(TURNS, turn("one", "secret words"))
    release(2)
    other = Document("one", {"dataset": TURNS, "date": "2025-03-24", "unknown": "secret words"})
    monkeypatch.setattr(Rows, "documents", lambda _rows, _day: [other])
    with pytest.raises(Halt, match="refuses document one: strict_dynamic_mapping_exception$"):
        job.run()
    assert set(found('"tired legs"')) == {"phrase", "later"}


def test_a_text_of_megabytes_a_long_id_and_odd_characters_are_found_like_any_other(empty: dict[str, str]) -> None:
    long = "word " * 300_000 + "needle"
    put(TURNS, turn("long" * 9_000, long), turn("odd", "\x1b[2J needle\x00 Ünïcode 🍌 <b>x</b> \ud7ff"))
    release(1)
    job.run()
    assert len(found("needle")) == 2
    assert found("unicode") == ["odd"]
    told = command(empty, "search", "unicode")
    assert "\x1b" not in told and "Ünïcode" in told


def test_before_anything_is_released_or_indexed_that_is_said(empty: dict[str, str]) -> None:
    assert job.run() == {"release": None}
    with pytest.raises(LookupError, match="lake run search"):
        found("anything")


def test_nobody_asks_without_a_password_and_the_reader_only_reads(talked: dict[str, str]) -> None:
    here = profile().search
    reader = (here.reader_user, here.reader_password.get_secret_value())
    body = {"query": {"match_all": {}}}
    with httpx.Client(base_url=here.url, trust_env=False, timeout=30) as http:
        for who, status in ((None, 401), ((here.reader_user, "wrong"), 401), (reader, 200)):
            assert http.post("/lake/_search", json=body, auth=who).status_code == status
        name = next(iter(http.get("/lake/_alias", auth=(here.user, here.password.get_secret_value())).json()))
        for method, path in (
            ("DELETE", f"/{name}"), ("POST", f"/{name}/_doc"), ("PUT", "/mine"), ("GET", "/_cluster/settings"),
            ("POST", "/_aliases"), ("GET", "/.opendistro_security/_search"), ("GET", "/_cat/indices"),
        ):  # fmt: skip
            refused = http.request(method, path, json=None if method in ("GET", "DELETE") else {}, auth=reader)
            assert refused.status_code in (400, 403, 404), path
        assert http.get(f"/{name}", auth=(here.user, here.password.get_secret_value())).status_code == 200
    transport = httpx.Client(base_url=f"http://127.0.0.1:{here.transport_port}", trust_env=False)
    with transport, pytest.raises(httpx.TransportError):
        transport.get("/")
