"""A running stack as a user reaches it: the `lake` command and what `lake env` prints."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import clickhouse_connect
import psycopg

from lake_layout.profile import REPOSITORY

LAKE = Path(sys.executable).with_name("lake")
SECONDS = 1500


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

    def truth(self, table: str) -> Path:
        return self.home / "truth" / f"{table}.parquet"


def fresh(folder: str, *, port_offset: int, **variables: str) -> Iterator[RunningLake]:
    """An empty stack below the repository: what an earlier run left is stopped and deleted first."""
    home = REPOSITORY / folder
    ours = {
        "LAKE_HOME": str(home),
        "LAKE_PORT_OFFSET": str(port_offset),
        "LAKE_SPARK__DRIVER_MEMORY": "3g",
        **variables,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LAKE_")}
    lake = RunningLake(home, {**inherited, **ours})
    lake.attempt("down")
    shutil.rmtree(home, ignore_errors=True)
    lake.command("up")
    yield lake
    lake.command("down")
