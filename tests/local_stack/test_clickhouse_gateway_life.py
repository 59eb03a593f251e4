"""The gateway as a process: its end by any signal, its data afterwards, and the Delta tables it reads."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from gateway_process import READER, Gateway, running_gateway, start
from tenacity import retry, stop_after_delay, wait_fixed

from tests.free_port import free_port

pytestmark = pytest.mark.services


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def test_it_stops_when_told_while_a_statement_runs(home: Path) -> None:
    with running_gateway(home) as gateway:
        statement = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
        client = threading.Thread(target=gateway.ask, args=(statement,))
        client.start()
        _wait_for_statement(gateway, "sipHash64")
        assert gateway.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
        client.join()


@retry(stop=stop_after_delay(20), wait=wait_fixed(0.1), reraise=True)
def _wait_for_statement(gateway: Gateway, part: str) -> None:
    others = f"SELECT count() FROM system.processes WHERE query LIKE '%{part}%' AND query NOT LIKE '%processes%'"
    assert gateway.value(others) == "1"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_tables_and_readers_views_outlive_the_process(home: Path, ending: signal.Signals) -> None:
    with running_gateway(home) as gateway:
        gateway.value("CREATE DATABASE marts")
        gateway.value("CREATE DATABASE staging")
        gateway.value("CREATE TABLE staging.t (a Int64) ORDER BY a")
        gateway.value("CREATE VIEW marts.v AS SELECT sum(a) AS total FROM staging.t")
        gateway.value("INSERT INTO staging.t SELECT number FROM numbers(1000)")
        gateway.stop(ending)
    with running_gateway(home) as gateway:
        assert gateway.value("SELECT total FROM marts.v", READER) == "499500"


def test_a_second_gateway_on_the_same_data_says_why_it_does_not_start(home: Path) -> None:
    with running_gateway(home) as gateway:
        second = start(home, gateway.port + 1)
        assert second.wait(30) == 1
        assert "Another ClickHouse gateway" in gateway.log
        assert gateway.value("SELECT 1") == "1"


def test_a_view_pins_the_version_of_a_delta_table(home: Path) -> None:
    table = home / "lake" / "silver" / "t"
    write_deltalake(str(table), pa.table({"a": [1, 2]}))
    write_deltalake(str(table), pa.table({"a": [3]}), mode="append")
    source = f"deltaLakeLocal('{table}')"
    with running_gateway(home) as gateway:
        assert gateway.value(f"SELECT sum(a) FROM {source}") == "6"
        assert gateway.value(f"SELECT sum(a) FROM {source} SETTINGS delta_lake_snapshot_version = 0") == "3"
        gateway.value("CREATE DATABASE marts")
        gateway.value(f"CREATE VIEW marts.pinned AS SELECT * FROM {source} SETTINGS delta_lake_snapshot_version = 0")
        write_deltalake(str(table), pa.table({"a": [4]}), mode="append")
        assert gateway.value("SELECT sum(a) FROM marts.pinned", READER) == "3"
        assert gateway.value(f"SELECT sum(a) FROM {source}") == "10"


@pytest.fixture
def s3_endpoint() -> Iterator[str]:
    """An S3 server in memory."""
    port = free_port()
    program = Path(sys.executable).with_name("moto_server")
    server = subprocess.Popen(
        [str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


@retry(stop=stop_after_delay(60), wait=wait_fixed(0.2), reraise=True)
def _wait_for_port(port: int) -> None:
    socket.create_connection(("127.0.0.1", port)).close()


def test_a_delta_table_on_s3_needs_no_key_in_the_statement(home: Path, s3_endpoint: str) -> None:
    keys = {"access": "lake", "secret": "very-secret-key"}
    client = boto3.client(
        "s3",
        endpoint_url=s3_endpoint,
        aws_access_key_id=keys["access"],
        aws_secret_access_key=keys["secret"],
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="lake")
    options = {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ACCESS_KEY_ID": keys["access"],
        "AWS_SECRET_ACCESS_KEY": keys["secret"],
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
    write_deltalake("s3://lake/silver/t", pa.table({"a": [1, 2]}), storage_options=options)
    write_deltalake("s3://lake/silver/t", pa.table({"a": [3]}), mode="append", storage_options=options)
    with running_gateway(
        home, LAKE_LAKE__ROOT="s3a://lake/lake", LAKE_S3__ENDPOINT=s3_endpoint, LAKE_S3__SECRET_KEY=keys["secret"]
    ) as gateway:
        source = f"deltaLake(lake, url = '{s3_endpoint}/lake/silver/t')"
        assert gateway.value(f"SELECT sum(a) FROM {source}") == "6"
        gateway.value("CREATE DATABASE marts")
        gateway.value(f"CREATE VIEW marts.pinned AS SELECT * FROM {source} SETTINGS delta_lake_snapshot_version = 0")
        assert gateway.value("SELECT sum(a) FROM marts.pinned", READER) == "3"
        assert gateway.refusal(f"SELECT * FROM {source}", READER) == "ACCESS_DENIED"
        assert keys["secret"] not in gateway.value("SELECT * FROM system.named_collections FORMAT JSON")
        kept = [path for path in home.rglob("*") if path.is_file() and keys["secret"].encode() in path.read_bytes()]
        assert kept == []


def test_a_time_without_a_zone_is_utc_wherever_the_machine_stands(home: Path) -> None:
    with running_gateway(home, TZ="Asia/Tokyo") as gateway:
        assert (
            gateway.value("SELECT timezone(), toDateTime('2025-03-24 00:00:00') = toDateTime(1742774400)") == "UTC\t1"
        )


def test_passwords_and_data_are_for_the_owner_of_the_process(home: Path) -> None:
    with running_gateway(home) as gateway:
        assert "password" not in Path(f"/proc/{gateway.process.pid}/cmdline").read_text()
        assert os.stat(home / "clickhouse").st_mode & 0o077 == 0
