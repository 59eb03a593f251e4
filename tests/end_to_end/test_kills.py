"""Programs are killed in the middle of their work; what they worked at goes on, and no row is lost or there twice.

One date is simulated (killed half way, then again), landed and brought to the marts, while the services that do it
are killed one after the other, each in the task that needs it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xmlrpc.client import ServerProxy

import psutil
import psycopg
import pytest
from deltalake import DeltaTable
from supervisor.xmlrpc import SupervisorTransport
from tenacity import retry, stop_after_delay, wait_fixed

from tests.end_to_end.running_lake import LAKE, SECONDS, RunningLake, fresh
from tests.end_to_end.truth import MARTS, assert_mart_is_true

DAY = "2025-03-30"
SIMULATE = ("simulate", "--users", "2", "--from", DAY, "--to", DAY, "--seed", "7")
# Task → the words of its log at which these services are killed.
AT_WORK = "Running command"
IN_LANDING = {"land_kafka_log": (AT_WORK, ["kafka"]), "land_snapshot": (AT_WORK, ["airflow-api-server"])}
IN_DAILY_ETL = {
    "bronze": (AT_WORK, ["airflow-scheduler"]),
    "silver": (AT_WORK, ["spark"]),
    "gate_silver": (AT_WORK, ["postgres"]),
    "gold": (AT_WORK, ["airflow-dag-processor", "airflow-triggerer"]),
    "release": ("clickhouse: ", ["clickhouse"]),
}
Plan = dict[str, tuple[str, list[str]]]
until = retry(stop=stop_after_delay(300), wait=wait_fixed(0.1), reraise=True)


@dataclass
class Killed:
    """The lake afterwards, and what the followed runs printed."""

    lake: RunningLake
    printed: dict[str, str]


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    for lake in fresh(".lake-test-kills", port_offset=1000, LAKE_SPARK__DRIVER_MEMORY="2g"):
        simulate_and_die_before_the_database_is_filled(lake)
        lake.command(*SIMULATE, "--only-missing")
        printed = {dag: run_and_kill(lake, dag, plan)
                   for dag, plan in {"land_sources": IN_LANDING, "daily_etl": IN_DAILY_ETL}.items()}  # fmt: skip
        yield Killed(lake, printed)


def simulate_and_die_before_the_database_is_filled(lake: RunningLake) -> None:
    """Its messages are sent, its files written; it waits for a table that we hold, and dies."""
    make_tables = "from local_stack.simulator.database import ready; ready()"
    subprocess.run([sys.executable, "-c", make_tables], env=lake.environment, check=True)
    dsn = lake.connections["postgres"]["dsn"].rsplit("/", 1)[0] + "/fitness_app"
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn, autocommit=True) as watcher:
        holder.execute("LOCK TABLE users")
        simulation = subprocess.Popen([str(LAKE), *SIMULATE], env=lake.environment)

        @until
        def waits_for_us() -> None:
            assert watcher.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()

        waits_for_us()
        simulation.kill()
        simulation.wait()


def run_and_kill(lake: RunningLake, dag: str, plan: Plan) -> str:
    """Follow one run; as soon as a task of the plan works, kill its services. Returns what the run printed."""
    before = set(_folder(lake, dag).glob("run_id=*"))
    with subprocess.Popen([str(LAKE), "run", dag], env=lake.environment, stderr=subprocess.PIPE, text=True) as run:
        try:
            for task, (words, services) in plan.items():
                wait_for_words(words, lake, dag, task, before)
                for service in services:
                    kill(lake, service)
            _, printed = run.communicate(timeout=SECONDS)
        finally:
            run.kill()
    assert run.returncode == 0, printed
    return printed


@until
def kill(lake: RunningLake, service: str) -> None:
    """One that an earlier kill took along is waited for; the supervisor is asked, for it answers at once."""
    transport = SupervisorTransport(None, None, f"unix://{lake.home}/supervisor/supervisor.sock")
    pid = ServerProxy("http://127.0.0.1", transport).supervisor.getProcessInfo(service)["pid"]
    assert pid, f"{service} does not run"
    psutil.Process(pid).kill()


@until
def wait_for_words(words: str, lake: RunningLake, dag: str, task: str, before: set[Path]) -> None:
    [new] = set(_folder(lake, dag).glob("run_id=*")) - before
    assert words in (new / f"task_id={task}" / "attempt=1.log").read_text()


def _folder(lake: RunningLake, dag: str) -> Path:
    return lake.home / "logs" / "airflow" / f"dag_id={dag}"


def test_a_date_whose_simulation_died_is_simulated_again(killed: Killed) -> None:
    manifest = json.loads((killed.lake.home / "truth" / "manifest.json").read_text())
    assert manifest["interrupted"] == [DAY]
    assert manifest["dates"][DAY]["productions"] == 1


def test_the_kills_were_felt(killed: Killed) -> None:
    again = {line.split()[1] for line in killed.printed["daily_etl"].splitlines() if line.strip().startswith("again")}
    assert {"silver", "release"} <= again


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_holds_the_truth_and_nothing_else(killed: Killed, mart: str) -> None:
    assert_mart_is_true(killed.lake, mart)


def test_every_message_of_the_topic_is_in_raw_and_in_bronze_once(killed: Killed) -> None:
    [raw, bronze] = [
        DeltaTable(f"{killed.lake.home}/lake/{zone}/wearables/health_metrics/v1").to_pyarrow_table(
            columns=["_partition", "_offset"]
        )
        for zone in ("raw", "bronze")
    ]
    positions = [sorted(zip(*table.to_pydict().values(), strict=True)) for table in (raw, bronze)]
    assert positions[0] == positions[1]
    assert len(set(positions[0])) == len(positions[0])


def test_every_service_is_ready_again(killed: Killed) -> None:
    @until
    def all_ready() -> None:
        rows = json.loads(killed.lake.attempt("status", "--json").stdout)
        assert {name: row["reason"] for name, row in rows.items() if row["state"] != "ready"} == {}

    all_ready()
