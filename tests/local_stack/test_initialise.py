"""`lake initialise` on services that run: what they lack comes back, and a second time changes nothing."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka.admin import AdminClient

from lake_layout.contracts import contracts
from lake_layout.profile import REPOSITORY
from local_stack import bucket
from tests.own_profile import using

pytestmark = pytest.mark.services
# ClickHouse lacks nothing, but must answer.
SERVICES = ("postgres", "kafka", "clickhouse", "s3")
HOME = REPOSITORY / ".lake-initialise"
OURS = {"LAKE_HOME": str(HOME), "LAKE_PORT_OFFSET": "1250", "LAKE_S3__ENABLED": "true"}


def _lake(*arguments: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LAKE_")}
    command = [str(Path(sys.executable).with_name("lake")), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**inherited, **OURS}, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def connections() -> Iterator[dict[str, Any]]:
    _lake("down")
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        _lake("up", *SERVICES)
        yield json.loads(_lake("env", "--json"))
    finally:
        _lake("down")
        shutil.rmtree(HOME)


def _admin(kafka: dict[str, str]) -> AdminClient:
    login = {"sasl.username": kafka["user"], "sasl.password": kafka["password"], "sasl.mechanism": "PLAIN"}
    return AdminClient(
        {"bootstrap.servers": kafka["bootstrap"], "security.protocol": kafka["security_protocol"], **login}
    )


def _s3() -> Any:
    with using(OURS):
        return bucket.client()


def _rows(dsn: str, database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn, dbname=database, autocommit=True) as connection:
        return connection.execute(query).fetchall()


def _state(connections: dict[str, Any]) -> dict[str, Any]:
    dsn = connections["postgres"]["dsn"]
    topics = _admin(connections["kafka"]).list_topics(timeout=10).topics
    return {
        "databases": _rows(dsn, "postgres", "SELECT datname, datacl::text FROM pg_database ORDER BY 1"),
        "roles": _rows(dsn, "postgres", "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles ORDER BY 1"),
        "topics": {name: len(topic.partitions) for name, topic in topics.items()},
        "buckets": [one["Name"] for one in _s3().list_buckets()["Buckets"]],
        "pools": _rows(dsn, "airflow", "SELECT pool, slots FROM slot_pool ORDER BY 1"),
        "airflow": (HOME / "airflow" / "airflow.cfg").read_text(),
        "dbt": (HOME / "dbt" / "profiles.yml").read_text(),
    }


def test_what_is_missing_comes_back_and_the_second_time_nothing_changes(connections):
    dsn = connections["postgres"]["dsn"]
    with psycopg.connect(dsn, dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE fitness_app")
    admin = _admin(connections["kafka"])
    admin.delete_topics(["health-metrics"])["health-metrics"].result(timeout=30)
    _s3().delete_bucket(Bucket=connections["s3"]["bucket"])
    _lake("initialise")
    first = _state(connections)
    origins = [contract.origin for contract in contracts().values()]
    assert first["topics"] == {one.topic: one.partitions for one in origins if one and one.kind == "kafka_log"}
    assert {"fitness_app", "airflow", "warehouse"} <= {name for name, _ in first["databases"]}
    assert first["buckets"] == [connections["s3"]["bucket"]]
    assert ("bi_reader", True, False) in first["roles"]
    assert ("write_lake", 1) in first["pools"]
    _lake("initialise")
    assert _state(connections) == first
