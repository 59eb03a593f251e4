"""A running stack as a user reaches it: the `lake` command and what `lake env` prints."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import psycopg
from tenacity import retry, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from lake_layout.profile import REPOSITORY
from local_stack.services import all_services

LAKE = Path(sys.executable).with_name("lake")
SECONDS = 1500
# A Sunday on which Europe changes its clocks ends a week, and the day after a month.
DAYS = ("2025-03-29", "2025-03-30", "2025-03-31")
# Columns that tell of a load, not of its rows: when it was, and how many commits there had been.
OF_THE_LOAD = ("published_at", "lake_version", "release_id")
# Tables that tell of the runs, not of what they made.
OF_THE_RUNS = ("release", "run_ledger", "run_ledger_inputs", "run_ledger_partitions")
# It begins by itself when a week or a month is whole, so it is paused but for the runs that want it.
WEEKLY = "weekly_analytics"
# A run that is due at a full hour, or at midnight, would land and build in the middle of a test.
NO_SCHEDULES = {"LAKE_AIRFLOW__SCHEDULES_FROM": "2100-01-01T00:00:00Z"}


@dataclass(frozen=True)
class RunningLake:
    home: Path
    environment: dict[str, str] = field(repr=False)

    def command(self, *arguments: str) -> str:
        """Run `lake …`; returns standard output, fails with everything it printed."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"lake {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(LAKE), *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    @cached_property
    def connections(self) -> dict[str, dict[str, Any]]:
        return json.loads(self.command("env", "--json"))

    def job(self, *arguments: str) -> dict[str, Any]:
        """A job by itself, without a run of Airflow; gives its summary."""
        command = [sys.executable, "-m", "spark_jobs", *arguments]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return json.loads(done.stdout.splitlines()[-1])

    def land(self, seed: int) -> None:
        """Simulate the days, and land each before the next one comes."""
        users = os.environ.get("LAKE_TEST_USERS", "8")
        for day in DAYS:
            self.command("simulate", "--users", users, "--from", day, "--to", day, "--seed", str(seed))
            self.command("run", "land_sources")

    def with_weeks(self, *arguments: str) -> str:
        """A command that releases days of a whole week, and the `weekly_analytics` that it begins."""
        self.pause(WEEKLY, is_paused=False)
        told = self.command(*arguments)

        @retry(retry=retry_if_result(lambda done: not done), stop=stop_after_delay(SECONDS), wait=wait_fixed(2))
        def weekly_is_done() -> bool:
            runs = self.runs(WEEKLY)
            assert all(run["run_type"] == "asset_triggered" and run["state"] != "failed" for run in runs)
            return bool(runs) and all(run["state"] == "success" for run in runs)

        weekly_is_done()
        self.pause(WEEKLY, is_paused=True)
        return told

    def clickhouse(self, *, reader: bool = True) -> Any:
        """A stock clickhouse-connect client, as the read-only role unless told otherwise."""
        keys = self.connections["clickhouse"]
        host, port = keys["url"].removeprefix("http://").split(":")
        who = "reader_" if reader else ""
        return clickhouse_connect.get_client(
            host=host, port=int(port), username=keys[f"{who}user"], password=keys[f"{who}password"]
        )

    def postgres(self, *, reader: bool = True) -> psycopg.Connection[Any]:
        return psycopg.connect(self.connections["postgres"]["reader_dsn" if reader else "dsn"])

    def marts(self) -> dict[str, tuple[int, int]]:
        """Row count and checksum of every mart about people, whatever the order of its rows."""
        client = self.clickhouse()
        columns = f"* EXCEPT ({', '.join(OF_THE_LOAD)})"
        # A hash of columns is null where one of them is, and a sum passes over nulls: so rows are hashed as text.
        sql = f"SELECT count(), sum(cityHash64(toString(tuple({columns})))) FROM marts."
        names = [name for (name,) in client.query("SHOW TABLES FROM marts").result_rows if name not in OF_THE_RUNS]
        return {name: client.query(f"{sql}`{name}`").result_rows[0] for name in names}

    def reports(self) -> dict[str, tuple[int, str]]:
        """The same of every table of `reporting`."""
        columns = (
            "SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_schema = 'reporting' AND table_name <> 'release'"
            " AND column_name <> ALL (%s) GROUP BY 1"
        )
        checksum = "SELECT count(*), md5(string_agg(md5(r::text), '' ORDER BY md5(r::text))) FROM"
        with self.postgres() as connection:
            tables = connection.execute(columns, [list(OF_THE_LOAD)]).fetchall()
            queries = {name: f'{checksum} (SELECT {chosen} FROM reporting."{name}") r' for name, chosen in tables}
            return {name: connection.execute(query).fetchone() for name, query in queries.items()}

    def pause(self, dag: str, *, is_paused: bool) -> None:
        """As a click on the DAG's switch does, as soon as Airflow knows the DAG."""
        knows = retry(
            retry=retry_if_exception_type(httpx.HTTPStatusError), stop=stop_after_delay(60), wait=wait_fixed(0.5)
        )
        with self._airflow() as client:
            knows(lambda: client.patch(f"/api/v2/dags/{dag}", json={"is_paused": is_paused}).raise_for_status())()

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """The newest runs as Airflow's API tells them, for those who ask often: a command takes seconds each time."""
        newest: dict[str, Any] = {"limit": 100, "order_by": "-run_after"}
        with self._airflow() as client:
            return client.get(f"/api/v2/dags/{dag}/dagRuns", params=newest).raise_for_status().json()["dag_runs"]

    def follows_assets(self, dag: str) -> bool:
        """Whether Airflow starts the DAG when assets are told of, as it has read its file last."""
        with self._airflow() as client:
            told = client.get(f"/api/v2/dags/{dag}/details").raise_for_status().json()
        return told["asset_expression"] is not None

    @contextmanager
    def _airflow(self) -> Iterator[httpx.Client]:
        keys = self.connections["airflow"]
        who = {"username": keys["user"], "password": keys["password"]}
        with httpx.Client(base_url=keys["url"], trust_env=False, timeout=30) as client:
            token = client.post("/auth/token", json=who).raise_for_status().json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield client

    def truth(self, table: str) -> Path:
        return self.home / "truth" / f"{table}.parquet"


def fresh(
    folder: str, *, port_offset: int, spark: Mapping[str, str] | None = None, **variables: str
) -> Iterator[RunningLake]:
    """An empty stack below the repository: what an earlier run left is stopped and deleted first.

    With the variables of a Spark server that runs, it has none of its own: that one is warm.
    """
    home = REPOSITORY / folder
    services: list[str] = []
    if spark:
        # Superset is there for who has installed it, below the home that people work with.
        services = [service.name for service in all_services() if service.name not in ("spark", "superset")]
        # A home shifts all ports that it is told.
        ports = {name: str(int(port) - port_offset) for name, port in spark.items() if name.endswith("PORT")}
        variables = {**spark, **ports, **variables}
    ours = {
        "LAKE_HOME": str(home),
        "LAKE_PORT_OFFSET": str(port_offset),
        "LAKE_SPARK__DRIVER_MEMORY": "3g",
        **NO_SCHEDULES,
        **variables,
    }
    # Neither a shell's own stack nor tests that import Airflow by themselves have a say in this one.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LAKE_", "AIRFLOW_"))}
    lake = RunningLake(home, {**inherited, **ours})
    lake.attempt("down")
    shutil.rmtree(home, ignore_errors=True)
    try:
        lake.command("up", *services)
        lake.pause(WEEKLY, is_paused=True)
        yield lake
    finally:
        lake.command("down")
