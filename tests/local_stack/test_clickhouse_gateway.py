"""The gateway's HTTP: logins, statements, bodies, settings, sessions, streams."""

import gzip
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import lz4.frame
import pytest
import zstandard
from gateway_process import OWNER, READER, Gateway, running_gateway
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.value("CREATE DATABASE work")
        yield running


@pytest.fixture
def table(gateway: Gateway, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty table (id, `format`, note) of this test's own."""
    gateway.value("CREATE OR REPLACE TABLE work.t (id Int64, `format` String, note String) ORDER BY id")
    yield "work.t"


def test_ping_needs_no_login(gateway: Gateway) -> None:
    assert httpx.get(f"{gateway.url}ping").text == "Ok.\n"


@pytest.mark.parametrize("login", [("lake", "wrong"), ("bi_reader", "owner-password"), ("nobody", "owner-password")])
def test_a_wrong_password_is_refused_as_clickhouse_does(gateway: Gateway, login: tuple[str, str]) -> None:
    answer = gateway.ask("SELECT 1", login)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert "AUTHENTICATION_FAILED" in answer.text


def test_a_request_without_a_login_is_asked_for_one(gateway: Gateway) -> None:
    answer = gateway.ask("SELECT 1", None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_login_may_come_in_headers_or_in_the_url(gateway: Gateway) -> None:
    headers = {"X-ClickHouse-User": OWNER[0], "X-ClickHouse-Key": OWNER[1], "X-ClickHouse-Format": "JSONEachRow"}
    assert gateway.ask("SELECT 1 AS a", None, headers=headers).text == '{"a":1}\n'
    assert gateway.ask("SELECT 2", None, user=OWNER[0], password=OWNER[1]).text == "2\n"


def test_a_statement_may_come_in_the_url_the_body_or_both(gateway: Gateway) -> None:
    assert gateway.value("SELECT 1") == "1"
    assert httpx.get(gateway.url, params={"query": "SELECT 2"}, auth=OWNER).text == "2\n"
    assert gateway.value("3", query="SELECT") == "3"


def test_an_error_has_clickhouses_code_and_text(gateway: Gateway) -> None:
    answer = gateway.ask("SELECT * FROM work.nowhere")
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (404, "60")
    assert answer.text.startswith("Code: 60. DB::Exception: ") and "(UNKNOWN_TABLE)" in answer.text


def test_two_statements_at_once_are_refused(gateway: Gateway, table: str) -> None:
    assert gateway.refusal(f"SELECT 1; DROP TABLE {table}", OWNER) == "SYNTAX_ERROR"
    assert gateway.value(f"SELECT count() FROM {table};") == "0"


def test_an_answer_says_its_format_query_and_rows(gateway: Gateway, table: str) -> None:
    answer = gateway.ask(f"INSERT INTO {table} FORMAT CSV\n1,a,b\n2,c,d\n", query_id="mine")
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert "X-Forged" not in gateway.ask("SELECT 1", query_id="mine\r\nX-Forged: 1").headers
    assert '"written_rows": "2"' in answer.headers["X-ClickHouse-Summary"]
    assert gateway.ask("SELECT 1 FORMAT JSON").headers["X-ClickHouse-Format"] == "JSON"
    assert "X-ClickHouse-Format" not in gateway.ask("CREATE DATABASE IF NOT EXISTS work").headers


def test_rows_follow_the_insert_in_the_body_or_have_the_body_to_themselves(gateway: Gateway, table: str) -> None:
    gateway.value(f"INSERT INTO {table} (id, `format`) VALUES (1, 'it''s (FORMAT CSV)'), (2, 'b')")
    gateway.value("3,c\n4,d\n", query=f"/* FORMAT x */ INSERT INTO {table} (id, `format`) FORMAT CSV")
    gateway.value(f"INSERT INTO {table} (id, `format`)\nFORMAT JSONEachRow\n" + '{"id": 5, "format": "e"}')
    gateway.value(f"INSERT INTO {table} (id, `format`) SELECT 6, 'FORMAT CSV'")
    assert gateway.value(f"SELECT groupArray(`format`) FROM (SELECT * FROM {table} ORDER BY id)") == (
        "['it\\'s (FORMAT CSV)','b','c','d','e','FORMAT CSV']"
    )


@pytest.mark.parametrize(
    "encoding, compress",
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("lz4", lz4.frame.compress), ("zstd", zstandard.compress)],
)
def test_a_body_may_be_compressed_in_several_frames(gateway: Gateway, table: str, encoding: str, compress) -> None:  # type: ignore[no-untyped-def]
    body = compress(f"INSERT INTO {table} FORMAT CSV\n1,a,x\n".encode()) + compress(b"2,b,y\n" * 1000)
    assert gateway.ask(body, headers={"Content-Encoding": encoding}).status_code == 200
    assert gateway.value(f"SELECT count(), uniqExact(id) FROM {table}") == "1001\t2"


def test_a_compressed_body_that_is_cut_off_adds_nothing(gateway: Gateway, table: str) -> None:
    body = gzip.compress(f"INSERT INTO {table} FORMAT CSV\n".encode() + b"1,a,x\n" * 1000)
    assert gateway.ask(body[:-20], headers={"Content-Encoding": "gzip"}).status_code == 400
    assert gateway.value(f"SELECT count() FROM {table}") == "0"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_an_answer_is_compressed_when_asked(gateway: Gateway, encoding: str) -> None:
    url = {"query": "SELECT number FROM numbers(100000)", "enable_http_compression": "1"}
    with httpx.stream("GET", gateway.url, params=url, auth=OWNER, headers={"Accept-Encoding": encoding}) as answer:
        assert answer.headers["Content-Encoding"] == encoding
        content = b"".join(answer.iter_raw())
    expand = {
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
        "lz4": lz4.frame.decompress,
        "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    }[encoding]
    assert expand(content) == "".join(f"{number}\n" for number in range(100000)).encode()


def test_parameters_are_bound_by_clickhouse(gateway: Gateway) -> None:
    assert gateway.value("SELECT {a:Int32} + 1, {b:String}", param_a="4", param_b="x' OR 1") == "5\tx\\' OR 1"


@pytest.mark.parametrize("login", [OWNER, READER])
def test_strings_are_bytes(gateway: Gateway, login: tuple[str, str]) -> None:
    escaped = gateway.ask(r"SELECT '\xff\0é', '\\'", login)
    assert escaped.content == b"\xff\\0\xc3\xa9\t\\\\\n"
    raw = gateway.ask(b"SELECT hex('\xfe'), nowhere('\xfe')", login)
    assert (raw.status_code, gateway.ask(b"SELECT hex('\xfe')", login).text) == (404, "FE\n")


def test_a_setting_in_the_url_holds_for_one_request(gateway: Gateway) -> None:
    setting = "SELECT getSetting('max_block_size')"
    gateway.value("SET max_block_size = 33", session_id="settings")
    assert gateway.value(setting, session_id="settings", max_block_size="77") == "77"
    assert gateway.value(setting, session_id="settings") == "33"
    assert gateway.value(setting) not in ("33", "77")


def test_a_database_in_the_url_holds_for_one_request_and_use_for_the_session(gateway: Gateway) -> None:
    current = "SELECT currentDatabase()"
    assert gateway.value(current, session_id="database", database="work") == "work"
    assert gateway.value(current, session_id="database") == "default"
    gateway.value("USE work", session_id="database", database="system")
    assert gateway.value(current, session_id="database") == "work"


def test_temporary_tables_stay_in_their_session(gateway: Gateway) -> None:
    gateway.value("CREATE TEMPORARY TABLE mine AS SELECT 1 AS a", session_id="first")
    assert gateway.value("SELECT a FROM mine", session_id="first") == "1"
    for other in ({"session_id": "second"}, {}):
        assert gateway.refusal("SELECT a FROM mine", OWNER, **other) == "UNKNOWN_TABLE"
    assert gateway.refusal("SELECT a FROM mine", READER, session_id="first") == "ACCESS_DENIED"


def test_a_session_runs_one_statement_at_a_time(gateway: Gateway) -> None:
    started = threading.Event()

    def hold() -> None:
        with httpx.stream(
            "POST",
            gateway.url,
            content="SELECT number FROM numbers(1000000000)",
            auth=OWNER,
            params={"session_id": "one"},
        ) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            started.set()
            refused.wait(30)

    refused = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    assert started.wait(30)
    error = gateway.refusal("SELECT 1", OWNER, session_id="one")
    refused.set()
    holder.join()
    assert error == "SESSION_IS_LOCKED"


def test_a_session_is_free_once_its_answer_has_arrived(gateway: Gateway) -> None:
    with httpx.Client(auth=OWNER, params={"session_id": "quick"}) as client:
        answers = [client.post(gateway.url, content=f"SELECT {n}").text for n in range(100)]
    assert answers == [f"{n}\n" for n in range(100)]


def test_an_idle_session_ends(gateway: Gateway) -> None:
    gateway.value("SELECT 1", session_id="idle", session_timeout="0")
    assert gateway.refusal("SELECT 1", OWNER, session_id="idle", session_check="1") == "SESSION_NOT_FOUND"


def test_a_large_answer_needs_little_memory(gateway: Gateway) -> None:
    gateway.value("SELECT 1")
    before, size, most = _megabytes(gateway), 0, 0
    statement = "SELECT number, toString(number) FROM numbers(30000000) FORMAT Native"
    with httpx.stream("POST", gateway.url, content=statement, auth=OWNER) as answer:
        for piece in answer.iter_raw():
            size += len(piece)
            most = max(most, _megabytes(gateway))
    assert size > 450_000_000
    assert most - before < 200


def _megabytes(gateway: Gateway) -> int:
    return int(Path(f"/proc/{gateway.process.pid}/statm").read_text().split()[1]) * 4 // 1024


def test_an_error_after_the_first_rows_is_not_taken_for_the_end(gateway: Gateway) -> None:
    received = []
    statement = "SELECT throwIf(number = 2000000), number FROM numbers(3000000)"
    with (
        httpx.stream("POST", gateway.url, content=statement, auth=OWNER) as answer,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        received.extend(answer.iter_raw())
    assert answer.status_code == 200
    tag = answer.headers["X-ClickHouse-Exception-Tag"]
    assert f"__exception__\r\n{tag}\r\nCode: 395." in b"".join(received).decode()[-1000:]


@pytest.mark.parametrize("buffered", ["0", "1"])
def test_a_client_that_leaves_takes_its_select_along(gateway: Gateway, buffered: str) -> None:
    statement = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
    url = {"wait_end_of_query": buffered}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(gateway.url, content=statement, auth=OWNER, params=url, timeout=0.5)

    @retry(stop=stop_after_delay(20), wait=wait_fixed(0.1), retry=retry_if_exception_type(AssertionError), reraise=True)
    def nothing_runs() -> None:
        assert gateway.value("SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%'") == "1"

    nothing_runs()


def test_keys_and_passwords_stay_out_of_the_log(gateway: Gateway) -> None:
    gateway.ask("SELECT * FROM deltaLake('http://127.0.0.1:1/b/t', 'lake', 'very-secret')")
    gateway.ask("SELECT * FROM s3(\n'http://127.0.0.1:1/b/t', 'lake', 'very-secret', 'CSV')")
    gateway.ask("CREATE NAMED COLLECTION x AS url = 'http://a', secret_access_key = 'very-secret'")
    gateway.ask("SELECT 1", None, user=OWNER[0], password=OWNER[1])
    assert "deltaLake('http://127.0.0.1:1/b/t', '[HIDDEN]', '[HIDDEN]')" in gateway.log
    for secret in ("very-secret", OWNER[1], READER[1]):
        assert secret not in gateway.log
