"""Stock clients against the gateway: clickhouse-connect and a dbt project."""

import datetime
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import clickhouse_connect
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from gateway_process import OWNER, READER, Gateway, running_gateway

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.value("CREATE DATABASE marts")
        yield running


def _client(gateway: Gateway, login: tuple[str, str] = OWNER, **options: object) -> Client:
    user, password = login
    return clickhouse_connect.get_client(
        host="127.0.0.1", port=gateway.port, username=user, password=password, **options
    )


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with _client(gateway) as made:
        made.command("CREATE OR REPLACE TABLE marts.t (id Int64, name LowCardinality(String), at DateTime64(3, 'UTC'),"
                     " weight Nullable(Float64), amount Decimal(10, 2), parts Array(Int32)) ORDER BY id")  # fmt: skip
        yield made


COLUMNS = ["id", "name", "at", "weight", "amount", "parts"]
AT = datetime.datetime(2025, 3, 30, 1, 2, 3)


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_rows_come_back_as_they_were_inserted(gateway: Gateway, client: Client, compress: bool | str) -> None:
    rows = [[n, f"n{n % 3}", AT, None if n % 2 else n / 4, n, [n, n]] for n in range(1000)]
    with _client(gateway, compress=compress) as compressing:
        summary = compressing.insert("t", rows, column_names=COLUMNS, database="marts")
        assert summary.written_rows == 1000
        found = compressing.query("SELECT * FROM marts.t ORDER BY id")
    assert [list(row) for row in found.result_rows] == rows


def test_frames_and_arrow_tables_go_both_ways(client: Client) -> None:
    frame = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "weight": [0.5, None]})
    client.insert_df("marts.t", frame)
    client.insert_arrow("marts.t", pa.table({"id": [3], "name": ["c"], "weight": [1.5]}))
    assert client.query_df("SELECT id, name FROM marts.t ORDER BY id").values.tolist() == [[1, "a"], [2, "b"], [3, "c"]]
    assert client.query_arrow("SELECT weight FROM marts.t ORDER BY id").to_pydict() == {"weight": [0.5, None, 1.5]}


def test_raw_rows_parameters_and_streams(client: Client) -> None:
    assert client.raw_insert("marts.t", ["id", "name"], b"7,x\n8,y", fmt="CSV").written_rows == 2
    assert client.query("SELECT {a:Int32} + 1, {b:String}", parameters={"a": 4, "b": "it's\t\\"}).result_rows == [
        (5, "it's\t\\")
    ]
    with client.query_row_block_stream("SELECT number FROM numbers(1000000)") as blocks:
        assert sum(len(block) for block in blocks) == 1_000_000
    assert client.query("SELECT id, name FROM marts.t LIMIT 0").column_names == ("id", "name")


def test_an_error_keeps_its_code(client: Client) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query("SELECT * FROM marts.nowhere")
    assert caught.value.code == 60


def test_a_session_keeps_its_temporary_table_to_itself(gateway: Gateway) -> None:
    with _client(gateway, session_id="one") as one, _client(gateway, session_id="two") as two:
        one.command("CREATE TEMPORARY TABLE mine (a Int32)")
        one.insert("mine", [[1], [2]], column_names=["a"], column_type_names=["Int32"])
        assert one.query("SELECT sum(a) FROM mine").result_rows == [(3,)]
        with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
            two.query("SELECT * FROM mine")


def test_a_reader_connects_and_reads(gateway: Gateway, client: Client) -> None:
    client.insert("marts.t", [[1, "a"]], column_names=["id", "name"])
    with _client(gateway, READER, database="marts", compress=True) as reader:
        assert reader.command("SELECT count() FROM t") == 1
        assert reader.query_df("SELECT id FROM marts.t")["id"].tolist() == [1]
        assert reader.query("DESCRIBE TABLE marts.t").first_row[:2] == ("id", "Int64")
        with pytest.raises(DatabaseError, match="READONLY|ACCESS_DENIED"):
            reader.insert("marts.t", [[2, "b"]], column_names=["id", "name"], column_type_names=["Int64", "String"])


def test_many_clients_at_once_lose_and_mix_nothing(gateway: Gateway, client: Client) -> None:
    def work(worker: int) -> None:
        with _client(gateway, READER if worker % 2 else OWNER) as own:
            for step in range(15):
                size = 1000 * worker + step
                assert own.command(f"SELECT sum(number) FROM numbers({size})") == size * (size - 1) // 2
                if worker % 2 == 0:
                    own.insert("marts.t", [[size, "p"]], column_names=["id", "name"])

    with ThreadPoolExecutor(16) as workers:
        list(workers.map(work, range(16)))
    assert client.query("SELECT count(), uniqExact(id) FROM marts.t").result_rows == [(8 * 15, 8 * 15)]


MODELS = {
    "events.sql": "{{ config(materialized='view') }} select id, name, run from marts.landed",
    "items.sql": "{{ config(materialized='table', order_by='id', contract={'enforced': true}) }}"
    " select toInt64(id) as id, name, run from {{ ref('events') }}",
    "replaced.sql": "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id',"
    " order_by='id') }} select id, run from {{ ref('items') }}",
    "appended.sql": "{{ config(materialized='incremental', incremental_strategy='append', order_by='id') }}"
    " select id, run from {{ ref('items') }}",
}
PROPERTIES = {
    "models": [
        {
            "name": "items",
            "description": "One row per item; it's small.",
            "columns": [
                {"name": "id", "data_type": "Int64", "description": "Key.", "data_tests": ["unique", "not_null"]},
                {"name": "name", "data_type": "String", "description": "The item's name."},
                {"name": "run", "data_type": "UInt8"},
            ],
        }
    ],
    "unit_tests": [
        {
            "name": "an_id_is_kept",
            "model": "items",
            "given": [{"input": "ref('events')", "rows": [{"id": 5, "name": "x", "run": 1}]}],
            "expect": {"rows": [{"id": 5, "name": "x", "run": 1}]},
        }
    ],
}


@pytest.fixture
def project(gateway: Gateway, tmp_path: Path) -> Path:
    """A dbt project with a view, a contract, two kinds of increments, tests, a unit test and a seed."""
    target = {"type": "clickhouse", "driver": "http", "host": "127.0.0.1", "port": gateway.port, "schema": "marts",
              "user": OWNER[0], "password": OWNER[1], "threads": 2, "use_lw_deletes": True}  # fmt: skip
    files = {
        "dbt_project.yml": {
            "name": "tiny",
            "profile": "tiny",
            "flags": {"send_anonymous_usage_stats": False},
            "models": {"+persist_docs": {"relation": True, "columns": True}},
        },
        "profiles.yml": {"tiny": {"target": "dev", "outputs": {"dev": target}}},
        "models/properties.yml": PROPERTIES,
    }
    for folder in ("models", "seeds"):
        (tmp_path / folder).mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(yaml.safe_dump(content))
    for name, sql in MODELS.items():
        (tmp_path / "models" / name).write_text(sql)
    (tmp_path / "seeds" / "people.csv").write_text('id,name\n1,Anna\n2,"O\'Neil, ""x"""\n')
    return tmp_path


def _dbt(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *arguments, "--profiles-dir", ".", "--project-dir", "."],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_dbt_project_builds_twice_and_writes_its_docs(gateway: Gateway, project: Path) -> None:
    for run in (1, 2):
        landed = f"SELECT number AS id, 'n' AS name, {run} AS run FROM numbers(2 + {run})"
        gateway.value(f"CREATE OR REPLACE TABLE marts.landed ORDER BY id AS {landed}")
        _dbt(project, "build")
    assert gateway.value("SELECT groupArray((id, run)) FROM (SELECT * FROM marts.replaced ORDER BY id)") == (
        "[(0,2),(1,2),(2,2),(3,2)]"
    )
    assert gateway.value("SELECT run, count() FROM marts.appended GROUP BY run ORDER BY run") == "1\t3\n2\t4"
    assert gateway.value("SELECT name FROM marts.people WHERE id = 2 FORMAT TSVRaw", READER) == 'O\'Neil, "x"'
    assert gateway.value("SELECT count() FROM marts.events", READER) == "4"
    comments = "SELECT comment FROM system.columns WHERE table = 'items' ORDER BY position FORMAT TSVRaw"
    assert gateway.value(comments, READER) == "Key.\nThe item's name."
    _dbt(project, "docs", "generate")
    catalog = json.loads((project / "target" / "catalog.json").read_text())
    assert catalog["nodes"]["model.tiny.items"]["metadata"]["comment"] == "One row per item; it's small."
