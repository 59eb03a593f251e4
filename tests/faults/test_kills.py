"""Programs are killed in the middle of their work; what they worked at goes on, and no row is lost or there twice.

Dates with everything that goes wrong are simulated and landed one by one, with kills at points that a seed chooses:
3 over two dates, or as many as LAKE_TEST_KILLS says over seven of fewer people. The first simulation is killed, too.
The lake is on S3 and its stack complete, with a Spark server of its own.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg
import pytest

from lake_cli.truth import NAMES
from tests.end_to_end.running_lake import DAYS, LAKE, WEEKLY, RunningLake, fresh
from tests.end_to_end.truth import (
    DAILY,
    TOPICS,
    assert_every_message_is_there_once,
    assert_true,
    assert_warehouses_agree,
    told,
)
from tests.faults.kills import Run, points, strike, until

pytestmark = [pytest.mark.services, pytest.mark.timeout(14_400)]
KILLS = int(os.environ.get("LAKE_TEST_KILLS", "3"))
SEED = int(os.environ.get("LAKE_TEST_SEED", "57"))
# So few kills fit into two dates, and their week and month are left alone.
FEW = 10
# The Sunday ends a week, the Monday after it a month.
WEEK = [f"2025-03-{day}" for day in range(25, 32)]
DATES, USERS, IN_LANDING = (DAYS[1:], "8", 1) if KILLS <= FEW else (WEEK, "2", 2)
IN_DAILY_ETL, IN_WEEKLY = 6, 2
LARGEST_LOG_BYTES = 50_000_000


@dataclass
class Killed:
    """The lake afterwards, and the runs that were struck."""

    lake: RunningLake
    runs: list[Run]


@pytest.fixture(scope="module")
def killed(request: pytest.FixtureRequest) -> Iterator[Killed]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def tell(words: str) -> None:
        with capture.global_and_fixture_disabled():
            print(words, flush=True)

    # A service is back within seconds here, and a hundred kills would wait for an hour.
    variables = {"LAKE_S3__ENABLED": "true", "LAKE_SPARK__DRIVER_MEMORY": "2g", "LAKE_TIMEOUTS__RETRY_DELAY": "5"}
    for lake in fresh(".lake-test-kills", port_offset=1000, **variables):
        runs: list[Run] = []
        for run in _week(lake, random.Random(SEED)):
            runs.append(run)
            for point in run.killed:
                tell(f"killed: {run.dag:<13} {point}")
            if run.state == "failed":
                tell(f"killed: {run.dag} failed and is run once more")
                lake.command("run", run.dag, *run.arguments)
        tell(_summary(runs))
        yield Killed(lake, runs)


def _week(lake: RunningLake, chance: random.Random) -> Iterator[Run]:
    """Land each date and bring it to the marts, striking each run, until all kills are done."""
    left = KILLS

    def struck(dag: str, most: int, *arguments: str) -> Run:
        nonlocal left
        run = strike(lake, dag, points(chance, dag, min(most, left)), *arguments)
        left -= len(run.killed)
        return run

    for date in DATES:
        simulate = ("simulate", "--users", USERS, "--from", date, "--to", date, "--seed", "8", "--faults")
        if date == DATES[0]:
            simulate_and_die_before_the_database_is_filled(lake, simulate)
        lake.command(*simulate, "--only-missing")
        yield struck("land_sources", IN_LANDING)
        if KILLS > FEW:
            yield struck("daily_etl", IN_DAILY_ETL)
    all_dates = ("--from", DATES[0], "--to", DATES[-1])
    yield struck("daily_etl", IN_DAILY_ETL, *all_dates)
    if KILLS > FEW:
        lake.pause(WEEKLY, is_paused=False)
        yield struck(WEEKLY, IN_WEEKLY, *all_dates)
        lake.pause(WEEKLY, is_paused=True)
    while left:
        yield struck("daily_etl", IN_DAILY_ETL, *all_dates)


def _summary(runs: list[Run]) -> str:
    tried = sum(len(run.killed) for run in runs)
    failed = sum(run.state == "failed" for run in runs)
    return (
        f"seed {SEED}: {tried} kills in {len(runs)} runs; {len(runs) - failed} runs came through by themselves, "
        f"{failed} had to be run once more"
    )


def simulate_and_die_before_the_database_is_filled(lake: RunningLake, simulate: tuple[str, ...]) -> None:
    """Its messages are sent, its files written; it waits for a table that we hold, and dies."""
    make_tables = "from local_stack.simulator.database import ready; ready()"
    subprocess.run([sys.executable, "-c", make_tables], env=lake.environment, check=True)
    dsn = lake.connections["postgres"]["dsn"].rsplit("/", 1)[0] + "/fitness_app"
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn, autocommit=True) as watcher:
        holder.execute("LOCK TABLE users")
        simulation = subprocess.Popen([str(LAKE), *simulate], env=lake.environment)

        @until
        def waits_for_us() -> None:
            assert watcher.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()

        waits_for_us()
        simulation.kill()
        simulation.wait()


def test_a_date_whose_simulation_died_is_simulated_again(killed: Killed) -> None:
    manifest = json.loads((killed.lake.home / "truth" / "manifest.json").read_text())
    first = min(manifest["dates"])
    assert manifest["interrupted"] == [first]
    assert manifest["dates"][first]["productions"] == 1


def test_every_kill_was_done_and_some_were_felt(killed: Killed) -> None:
    assert sum(len(run.killed) for run in killed.runs) == KILLS
    assert any(run.tried_again for run in killed.runs)


@pytest.fixture(scope="module")
def told_of_killed(killed: Killed) -> dict[str, dict[str, Any]]:
    return told(killed.lake)


@pytest.mark.parametrize("table", DAILY if KILLS <= FEW else NAMES)
def test_a_table_holds_the_truth_and_nothing_else(told_of_killed: dict[str, dict[str, Any]], table: str) -> None:
    assert_true(told_of_killed[table])


@pytest.mark.parametrize("topic", TOPICS)
def test_every_message_of_a_topic_is_in_raw_and_in_bronze_once(killed: Killed, topic: str) -> None:
    assert_every_message_is_there_once(killed.lake, topic)


def test_postgres_and_clickhouse_tell_the_same_of_every_day(killed: Killed) -> None:
    assert_warehouses_agree(killed.lake)


def test_the_proof_finds_nothing_wrong(killed: Killed) -> None:
    found = json.loads(killed.lake.command("verify", "--json"))
    assert [one for one in found if one["verdict"] != "good"] == []


def test_the_secret_key_is_on_no_command_line_and_in_no_log(killed: Killed) -> None:
    secret = killed.lake.connections["s3"]["secret_key"]
    lines = {process.pid: " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])}
    assert [pid for pid, line in lines.items() if secret in line] == []
    logs = [path for path in (killed.lake.home / "logs").rglob("*") if path.is_file()]
    assert logs and all(path.stat().st_size < LARGEST_LOG_BYTES for path in logs)
    assert [path for path in logs if secret in path.read_text(errors="replace")] == []


def test_every_service_is_ready_again(killed: Killed) -> None:
    @until
    def all_ready() -> None:
        rows = json.loads(killed.lake.attempt("status", "--json").stdout)
        assert {name: row["reason"] for name, row in rows.items() if row["state"] != "ready"} == {}

    all_ready()
