"""What a reader may ask of the gateway, and that nothing else reaches a row, a file, a setting or an error text."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gateway_process import OWNER, READER, Gateway, running_gateway

pytestmark = pytest.mark.services

SECRET = "the-secret-row"

OWNERS_STATEMENTS = [
    "CREATE DATABASE marts",
    "CREATE DATABASE staging",
    "CREATE TABLE marts.steps (user_id String, day Date, steps UInt32 COMMENT 'Steps of the day.') ORDER BY user_id",
    "INSERT INTO marts.steps VALUES ('anna', '2025-03-24', 100), ('ben', '2025-03-24', 200)",
    "CREATE TABLE staging.secret (s String, k UInt64) ORDER BY k",
    f"INSERT INTO staging.secret VALUES ('{SECRET}', 1)",
    "CREATE VIEW marts.count_of_secrets AS SELECT count() AS secrets FROM staging.secret",
    "CREATE TABLE staging.joined (k UInt64, s String) ENGINE = Join(ANY, LEFT, k)",
    f"INSERT INTO staging.joined VALUES (1, '{SECRET}')",
    "CREATE DICTIONARY staging.d (k UInt64, s String) PRIMARY KEY k"
    " SOURCE(CLICKHOUSE(QUERY 'SELECT k, s FROM staging.secret')) LAYOUT(FLAT()) LIFETIME(0)",
    "CREATE VIEW staging.with_parameter AS SELECT * FROM staging.secret WHERE k = {k:UInt64}",
    "CREATE FUNCTION read_it AS x -> file(x)",
]

ALLOWED = {
    "SELECT steps FROM marts.steps ORDER BY steps": "100\n200",
    "SELECT sum(steps) FROM steps": "300",
    "SELECT secrets FROM marts.count_of_secrets": "1",
    "WITH s AS (SELECT * FROM marts.steps) SELECT count() FROM s JOIN marts.steps t USING user_id": "2",
    "SELECT sumIf(steps, steps > 100), arrayMap(x -> x + 1, [1]), uniqExact(user_id) FROM marts.steps": "200\t[2]\t2",
    "SELECT user_id FROM marts.steps QUALIFY row_number() OVER (ORDER BY steps DESC) = 1": "ben",
    "SELECT 'a\\\\b', 'it''s', 'é', '\\n' /* ; */ -- ;": "a\\\\b\tit\\'s\té\t\\n",
    "SELECT count() FROM numbers(3) SETTINGS max_threads = 1": "3",
    "SHOW DATABASES": "marts",
    "SHOW TABLES": "count_of_secrets\nsteps",
    "SHOW TABLES FROM marts LIKE 's%'": "steps",
    "DESCRIBE marts.count_of_secrets": "secrets\tUInt64\t\t\t\t\t",
    "EXISTS marts.steps": "1",
    "EXISTS marts.nothing": "0",
    "SELECT comment FROM system.columns WHERE name = 'steps'": "Steps of the day.",
    "SELECT DISTINCT database FROM system.tables": "marts",
    "SELECT name FROM system.databases": "marts",
    "SELECT count() FROM system.columns WHERE database = 'staging'": "0",
    "SELECT count() FROM system.dictionaries": "0",
    "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 's%'": "steps",
    "SELECT currentDatabase(), getSetting('readonly') > 0": "marts\t1",
    "EXPLAIN SYNTAX SELECT 1": "SELECT 1\\nFROM system.one",
}

SECRET_TABLE = [
    "SELECT * FROM staging.secret",
    "SELECT (SELECT s FROM staging.secret)",
    "SELECT toUInt8((SELECT s FROM staging.secret))",
    "SELECT throwIf(1, (SELECT s FROM staging.secret))",
    "WITH (SELECT s FROM staging.secret) AS x SELECT x",
    "WITH x AS (SELECT s FROM staging.secret) SELECT * FROM x",
    "SELECT 1 IN (SELECT k FROM staging.secret)",
    "SELECT 1 IN staging.secret",
    "SELECT EXISTS(SELECT 1 FROM staging.secret)",
    "SELECT * FROM marts.steps JOIN staging.secret ON 1 = 1",
    "SELECT user_id FROM marts.steps UNION ALL SELECT s FROM staging.secret",
    "SELECT * FROM marts.steps LIMIT (SELECT k FROM staging.secret)",
    "SELECT * FROM marts.steps ORDER BY (SELECT s FROM staging.secret)",
    "SELECT * FROM marts.steps PREWHERE user_id = (SELECT s FROM staging.secret)",
    "SELECT * FROM staging.with_parameter(k = 1)",
    "SELECT * FROM view(SELECT * FROM staging.secret)",
    "SELECT * FROM merge('staging', '.*')",
    "SELECT * FROM loop(staging.secret)",
    "SELECT * FROM remote('127.0.0.1', 'staging', 'secret')",
    "SELECT * FROM dictionary('staging.d')",
    "SELECT dictGet('staging.d', 's', 1)",
    "SELECT joinGet('staging.joined', 's', toUInt64(1))",
    "SELECT hasColumnInTable('staging', 'secret', 's')",
    "SELECT * FROM {t:Identifier}",
    "FROM staging.secret",
    "DESCRIBE staging.secret",
    "SHOW CREATE TABLE staging.secret",
    "EXPLAIN SELECT (SELECT s FROM staging.secret)",
    "EXPLAIN QUERY TREE SELECT (SELECT s FROM staging.secret)",
]
FILE_OR_NETWORK = [
    "SELECT file('FILE')",
    "SELECT `file`('FILE')",
    "SELECT FILE /* */ ('FILE')",
    "SELECT arrayMap(x -> file(x), ['FILE'])",
    "SELECT arrayMap(file, ['FILE'])",
    "SELECT arrayMap(f, ['FILE']), file AS f",
    "SELECT * APPLY(file) FROM (SELECT 'FILE' AS a)",
    "SELECT * REPLACE(file('FILE') AS a) FROM (SELECT 1 AS a)",
    "SELECT read_it('FILE')",
    "SELECT '\\\\', file('FILE'), '\\\\'",
    "SELECT $$'$$, file('FILE'), $$'$$",
    "SELECT 1 # '\n, file('FILE')",
    "DESCRIBE (SELECT throwIf(1, file('FILE')))",
    "SHOW TABLES WHERE throwIf(1, file('FILE'))",
    "SELECT * FROM file('FILE', 'LineAsString')",
    "SELECT * FROM `FILE`",
    "SELECT * FROM default.`FILE`",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM deltaLakeLocal('FILE')",
    "SELECT * FROM deltaLake('http://127.0.0.1:1/b/t', 'k', 's')",
    "SELECT * FROM s3('http://127.0.0.1:1/b/t', 'CSV')",
    "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM executable('cat FILE', 'TSV', 's String')",
    "SELECT * FROM Python(settings)",
    "SELECT AIGenerate('x')",
]
SYSTEM = [
    "SELECT * FROM system.processes",
    'SELECT * FROM "system"."processes"',
    "SELECT * FROM `system.processes`",
    "SELECT (SELECT query FROM system.processes LIMIT 1)",
    "SELECT 1 IN system.processes",
    "SELECT * FROM system.users",
    "SELECT * FROM system.server_settings",
    "SELECT * FROM system.named_collections",
    "SELECT * FROM system.stack_trace",
    "SELECT * FROM system.grants",
    "SHOW GRANTS",
    "SHOW PROCESSLIST",
]
WRITES = [
    "INSERT INTO marts.steps VALUES ('eve', '2025-03-24', 1)",
    "INSERT INTO marts.steps FORMAT CSV\neve,2025-03-24,1",
    "INSERT INTO marts.steps SELECT * FROM marts.steps",
    "ALTER TABLE marts.steps DELETE WHERE 1",
    "DELETE FROM marts.steps WHERE 1",
    "DROP TABLE marts.steps",
    "TRUNCATE TABLE marts.steps",
    "CREATE TABLE marts.x (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE VIEW marts.x AS SELECT 1",
    "CREATE FUNCTION g AS x -> x",
    "SELECT 1 PARALLEL WITH DROP TABLE marts.steps",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    "BACKUP TABLE marts.steps TO File('OUTPUT')",
]
WAYS_OUT = [
    "SET ROLE owner",
    "/* */ SET ROLE ALL",
    "SELECT 1; SET ROLE owner",
    "SELECT 1 FORMAT Null; DROP TABLE marts.steps",
    "EXECUTE AS default SELECT 1",
    "GRANT owner TO default",
    "SET readonly = 0",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT * FROM (SELECT 1 SETTINGS allow_introspection_functions = 1)",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT 1 SETTINGS max_threads = DEFAULT",
    "USE staging",
]
FILES_WRITTEN = [
    "SELECT 1 INTO OUTFILE 'OUTPUT'",
    "EXPLAIN SELECT 1 INTO OUTFILE 'OUTPUT'",
    "SHOW TABLES INTO OUTFILE 'OUTPUT'",
    "DESCRIBE marts.steps INTO OUTFILE 'OUTPUT'",
    "EXISTS marts.steps INTO OUTFILE 'OUTPUT'",
    "SHOW CREATE TABLE marts.steps INTO OUTFILE 'OUTPUT' FORMAT CSV",
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    home = tmp_path_factory.mktemp("gateway")
    with running_gateway(home) as running:
        (home / "lake" / "file").write_text(SECRET)
        for statement in OWNERS_STATEMENTS:
            running.value(statement)
        yield running


@pytest.fixture(scope="module")
def places(gateway: Gateway) -> dict[str, str]:
    lake = gateway.home / "lake"
    return {"FILE": str(lake / "file"), "OUTPUT": str(lake / "output")}


def _with_places(statement: str, places: dict[str, str]) -> str:
    for name, path in places.items():
        statement = statement.replace(f"'{name}'", f"'{path}'").replace(f"`{name}`", f"`{path}`")
    return statement


@pytest.mark.parametrize("statement", ALLOWED)
def test_a_reader_may(gateway: Gateway, statement: str) -> None:
    assert gateway.value(statement, READER) == ALLOWED[statement]


@pytest.mark.parametrize("statement", [*SECRET_TABLE, *FILE_OR_NETWORK, *SYSTEM, *WRITES, *WAYS_OUT, *FILES_WRITTEN])
def test_a_reader_may_not(gateway: Gateway, places: dict[str, str], statement: str) -> None:
    answer = gateway.ask(_with_places(statement, places), READER, param_t="staging.secret")
    assert answer.status_code in (400, 403, 404), answer.text
    assert SECRET not in answer.text
    assert not Path(places["OUTPUT"]).exists()


def test_what_was_refused_changed_nothing(gateway: Gateway) -> None:
    assert gateway.value("SELECT groupArray(user_id) FROM marts.steps", READER) == "['anna','ben']"


def test_the_refused_statements_would_have_worked_for_the_owner(gateway: Gateway, places: dict[str, str]) -> None:
    for statement in ("SELECT s FROM staging.secret", "SELECT arrayMap(file, ['FILE'])[1]", "SELECT read_it('FILE')"):
        assert gateway.value(_with_places(statement, places), OWNER) == SECRET


@pytest.mark.parametrize(
    "url",
    [
        {"database": "staging"},
        {"database": "system"},
        {"readonly": "0"},
        {"max_memory_usage": "0"},
        {"dialect": "prql"},
        {"session_timezone": "UTC', readonly = '0"},
        {"default_format": "CSV INTO OUTFILE 'x'"},
    ],
)
def test_the_url_gives_a_reader_no_more(gateway: Gateway, url: dict[str, str]) -> None:
    assert gateway.ask("SELECT 1", READER, **url).status_code in (400, 403, 404)


def test_a_reader_stays_a_reader_whatever_role_or_session_it_names(gateway: Gateway) -> None:
    gateway.value("SET max_block_size = 33", session_id="owners")
    assert gateway.value("SELECT currentRoles()", READER, role="owner", session_id="owners") == "['reader']"


def test_a_reader_is_answered_beside_a_long_statement_of_the_owner(gateway: Gateway) -> None:
    slow = "SELECT number FROM numbers(1000000000)"
    with httpx.stream("POST", gateway.url, content=slow, auth=OWNER) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        assert gateway.value("SELECT sum(steps) FROM marts.steps", READER) == "300"


def test_a_reader_who_writes_is_told_that_readers_may_not(gateway: Gateway) -> None:
    assert {gateway.refusal(statement) for statement in WRITES} == {"READONLY"}


def test_a_long_text_of_a_reader_is_refused(gateway: Gateway) -> None:
    assert gateway.refusal("SELECT '" + "x" * 2_000_000 + "'") == "QUERY_IS_TOO_LARGE"
