"""Has dbt build and test the next release in one warehouse: `dbt build` → its lines, or what failed in words; and
write its docs, with the lineage of columns."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from lake_layout.profile import REPOSITORY, profile
from spark_jobs.halt import Halt
from spark_jobs.release.column_lineage import ColumnLineage


def build(warehouse: str) -> None:
    """Build everything that readers see, by the profile in the lake's home that analysts do not use.

    Raises ConnectionError: the warehouse is away; Halt: a test found wrong rows; RuntimeError: dbt failed otherwise.
    """
    results = _folder(warehouse) / "run_results.json"
    results.unlink(missing_ok=True)
    if exit_code := _dbt(warehouse, "production", "build"):
        _raise(warehouse, exit_code, results)


def docs() -> dict[str, str]:
    """Write the docs of what each warehouse shows, one file that needs nothing beside it; where they stand.

    Raises ConnectionError: the warehouse is away; RuntimeError: dbt failed otherwise.
    """
    written = {}
    for warehouse in ("clickhouse", "postgres"):
        if exit_code := _dbt(warehouse, "released", "docs", "generate"):
            _raise(warehouse, exit_code, _folder(warehouse) / "run_results.json")
        page = profile().home / "dbt_docs" / f"{warehouse}.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(_page(warehouse))
        written[warehouse] = str(page)
    return written


def _page(warehouse: str) -> str:
    """As `--static` makes it, but that columns tell what they are made of."""
    folder = _folder(warehouse)
    lineage = ColumnLineage(json.loads((folder / "manifest.json").read_text()), warehouse)
    lineage.describe()
    page = (folder / "index.html").read_text()
    page = page.replace('"MANIFEST.JSON INLINE DATA"', json.dumps(lineage.manifest))
    return page.replace('"CATALOG.JSON INLINE DATA"', (folder / "catalog.json").read_text())


def _folder(warehouse: str) -> Path:
    """Both warehouses are built at once, each with a folder of its own."""
    return profile().home / "dbt" / warehouse


def _dbt(warehouse: str, purpose: str, *command: str) -> int:
    """Run a command of dbt with one of the scheduler's targets and print its lines; its exit code."""
    options = {
        "--project-dir": REPOSITORY / "dbt_project",
        "--profiles-dir": profile().home / "dbt",
        "--target": f"{warehouse}_{purpose}",
        "--target-path": _folder(warehouse),
        "--log-path": profile().home / "logs" / f"dbt_{warehouse}",
    }
    words = [str(word) for option in options.items() for word in option]
    whole = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *command, *words]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            print(f"{warehouse}: {line}", end="", flush=True)
    return process.returncode


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
