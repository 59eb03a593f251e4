"""The same days with the lake on S3 end in the same numbers; the bucket holds the lake, and the home does not.

Nor does it matter that a wrong rule rejected all steps at first: it is mended, and the records are judged again.
`make test` leaves it to `make test-long`, and has a lake on S3 in its kills.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from lake_layout.profile import profile
from lake_layout.sections import HOST, S3
from tests.end_to_end.running_lake import WEEKLY, RunningLake, fresh
from tests.end_to_end.truth import assert_true, told
from tests.lossy_proxy import LossyProxy, losing

pytestmark = pytest.mark.long
METRICS = "wearables/health_metrics"
PORT_OFFSET = 600
# Commits of which the answer is lost: the server has the object, and who wrote it sees its connection end.
UNANSWERED = [
    rb"PUT \S*/%s/v1/_delta_log/0+1\.json" % table
    for table in (
        b"raw/wearables/health_metrics",
        b"raw/app_db/users",
        b"bronze/wearables/health_metrics",
        b"silver/wearables/step_intervals",
        b"gold/health/daily_activity",
    )
]


@pytest.fixture(scope="module")
def proxy(s3_listener: socket.socket) -> Iterator[LossyProxy]:
    """What all of this lake speaks through to its S3 server."""
    with losing((HOST, S3().port + PORT_OFFSET), *UNANSWERED, listener=s3_listener) as running:
        yield running


@dataclass(frozen=True)
class Repaired:
    """The lake after its repair, what gold was made of before and after, and what the replay told of health metrics."""

    lake: RunningLake
    before: dict[str, Any]
    told: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def repaired(
    proxy: LossyProxy,
    spark_environment: dict[str, str],
    warm_spark: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Repaired]:
    """The days of `week`, with the same people, on a stack with its S3 server, brought in by a wrong rule.

    Jobs bring them to gold, and one run releases them: that of `weekly_analytics` gates, proves and builds it all.
    """
    rules = shutil.copytree(profile().rules, tmp_path_factory.mktemp("wrong") / "rules")
    file = rules / f"{METRICS}.yml"
    right = file.read_text()
    file.write_text(right.replace("value_set: [count]", "value_set: [steps]"))
    assert file.read_text() != right
    keys = {name: spark_environment[name] for name in ("LAKE_S3__ENDPOINT", "LAKE_S3__SECRET_KEY")}
    variables = {"LAKE_S3__ENABLED": "true", "LAKE_RULES": str(rules), **keys}
    for lake in fresh(".lake-test-s3", port_offset=PORT_OFFSET, spark=warm_spark, **variables):
        lake.land(seed=7)
        lake.job("bronze")
        before = days(lake)
        file.write_text(right)
        told = replay(lake)[METRICS]
        after = days(lake)
        lake.command("run", WEEKLY, "--unpause")
        yield Repaired(lake, before, told, after)


def days(lake: RunningLake) -> dict[str, Any]:
    """Silver and the days of gold from what is new; what was written of each table of gold."""
    lake.job("silver")
    return lake.job("gold", "--period", "day")


def replay(lake: RunningLake) -> dict[str, Any]:
    return json.loads(lake.command("quarantine", "replay", "--json"))["bronze"]


@pytest.fixture(scope="module")
def week_on_s3(repaired: Repaired) -> RunningLake:
    return repaired.lake


@pytest.fixture(scope="module")
def keys(week_on_s3: RunningLake) -> set[str]:
    """Everything in the bucket, as a stock client lists it with what `lake env` prints."""
    settings = week_on_s3.connections["s3"]
    client = boto3.client(
        "s3",
        endpoint_url=settings["endpoint"],
        aws_access_key_id=settings["access_key"],
        aws_secret_access_key=settings["secret_key"],
        config=Config(proxies={}),
    )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=settings["bucket"])
    return {found["Key"] for page in pages for found in page.get("Contents", [])}


def test_marts_have_the_rows_of_a_lake_on_local_files(week: RunningLake, week_on_s3: RunningLake) -> None:
    expected = week.marts()
    assert all(count for count, _checksum in expected.values())
    assert week_on_s3.marts() == expected


def test_commits_whose_answer_was_lost_are_there_once(week_on_s3: RunningLake, proxy: LossyProxy) -> None:
    assert sorted(proxy.lost) == sorted(pattern.decode() for pattern in UNANSWERED)
    # The run that released them has proven all of them, for none has more commits than it looks back.
    runs = week_on_s3.home / "logs" / "airflow" / "dag_id=daily_etl"
    [log] = runs.glob(f"run_id={WEEKLY}__*/task_id=verify/*.log")
    said = log.read_text()
    for table in ("wearables/health_metrics", "app_db/users", "wearables/step_intervals", "health/daily_activity"):
        assert f": {table}: " in said
    assert re.search(r'\{\\"good\\": \d+, \\"warning\\": 0, \\"wrong\\": 0\}', said)


def test_reports_have_the_rows_of_a_lake_on_local_files(week: RunningLake, week_on_s3: RunningLake) -> None:
    expected = week.reports()
    assert all(count for count, _checksum in expected.values())
    assert week_on_s3.reports() == expected


def test_records_that_a_wrong_rule_rejected_reach_the_marts_after_a_replay(repaired: Repaired) -> None:
    assert repaired.told["open"] == repaired.told["accepted"] > 1000
    steps, activity = "health/hourly_steps", "health/daily_activity"
    assert repaired.before[steps]["rows"] == 0 < repaired.after[steps]["rows"]
    assert repaired.after[activity]["rows"] > 0
    assert repaired.lake.marts()["fct_hourly_steps"][0] > 0
    for one in told(repaired.lake).values():
        assert_true(one)


def test_a_second_replay_finds_nothing_and_commits_nothing(repaired: Repaired) -> None:
    def newest() -> list[dict[str, Any]]:
        return json.loads(repaired.lake.command("ledger", "list", METRICS, "--zone", "bronze", "--json"))

    before = newest()
    assert before[0]["operation"] == "replay"
    assert replay(repaired.lake) == {}
    assert newest() == before


def _tables(paths: Any) -> set[str]:
    """The Delta tables among paths of a lake: what stands before the first commit of a log."""
    commit = "/_delta_log/00000000000000000000.json"
    return {path.removesuffix(commit) for path in map(str, paths) if path.endswith(commit)}


def test_the_bucket_holds_every_table_and_every_file_of_the_inbox(week: RunningLake, keys: set[str]) -> None:
    local = (path.relative_to(week.home) for path in (week.home / "lake").rglob("*.json"))
    # Other tests may have prepared a backfill on the week, and none has here.
    assert _tables(keys) == _tables(local) - {"lake/ops/backfills"}
    inbox = {str(path.relative_to(week.home)) for path in (week.home / "inbox").rglob("*") if path.is_file()}
    assert {key for key in keys if key.startswith("inbox/") and not key.endswith("/")} == inbox


def test_nothing_stays_in_staging(keys: set[str]) -> None:
    assert [key for key in keys if key.startswith("lake/staging/") and not key.endswith("/")] == []


def test_nothing_of_the_lake_lies_in_the_home(week_on_s3: RunningLake) -> None:
    home = week_on_s3.home
    found = [path.relative_to(home) for pattern in ("*.parquet", "_delta_log") for path in home.rglob(pattern)]
    # The S3 server keeps its objects as files; the truth is the simulator's own, outside of the lake.
    assert {path.parts[0] for path in found} == {"s3", "truth"}


def test_what_the_servers_bucket_cannot_have_is_told(week_on_s3: RunningLake) -> None:
    command = [sys.executable, "-m", "local_stack.bucket"]
    done = subprocess.run(command, env=week_on_s3.environment, capture_output=True, text=True, check=True)
    missing = ("versioning", "default encryption", "block of public access", "lifecycle")
    assert done.stdout.splitlines() == [f"bucket lake: this S3 server knows no {what}" for what in missing]
