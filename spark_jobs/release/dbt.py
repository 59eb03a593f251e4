"""Has dbt build and test the next release in one warehouse: `dbt build` → its lines, or what failed in words."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from lake_layout.profile import REPOSITORY, profile
from spark_jobs.halt import Halt


def build(warehouse: str) -> None:
    """Build everything that readers see, by the profile in the lake's home that analysts do not use.

    Raises ConnectionError: the warehouse is away; Halt: a test found wrong rows; RuntimeError: dbt failed otherwise.
    """
    folder = profile().home / "dbt"
    # Both warehouses are built at once, each with a folder of its own.
    results = folder / warehouse / "run_results.json"
    results.unlink(missing_ok=True)
    options = {
        "--project-dir": REPOSITORY / "dbt_project",
        "--profiles-dir": folder,
        "--target": f"{warehouse}_production",
        "--target-path": folder / warehouse,
        "--log-path": profile().home / "logs" / f"dbt_{warehouse}",
    }
    words = [str(word) for option in options.items() for word in option]
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            print(f"{warehouse}: {line}", end="", flush=True)
    if process.returncode:
        _raise(warehouse, process.returncode, results)


def _raise(warehouse: str, exit_code: int, results: Path) -> None:
    host, port = _address(warehouse)
    try:
        socket.create_connection((host, port), timeout=profile().timeouts.connect).close()
    except OSError as error:
        raise ConnectionError(f"dbt ended early, for nothing answers at {host}:{port} ({warehouse})") from error
    failed = json.loads(results.read_text())["results"] if results.exists() else []
    failed = [one for one in failed if one["status"] in ("error", "fail")]
    words = [f"{one['unique_id'].split('.')[2]}: {one['message']}" for one in failed]
    if failed and all(one["status"] == "fail" for one in failed):
        raise Halt("\n".join(["dbt's tests found wrong rows:", *words]))
    raise RuntimeError("\n".join([f"dbt ended with exit code {exit_code}:", *words]))


def _address(warehouse: str) -> tuple[str, int]:
    clickhouse, postgres = profile().clickhouse, profile().postgres
    return {"clickhouse": (clickhouse.host, clickhouse.port), "postgres": (postgres.host, postgres.port)}[warehouse]
