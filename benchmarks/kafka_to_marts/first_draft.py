"""A first draft on Spark: one `spark-submit` per table and one to publish, Spark's defaults, MERGE to be safe, JDBC.

The transforms are ours, so what is measured is what surrounds them.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.kafka_to_marts import tables
from benchmarks.kafka_to_marts.pipeline import Pipeline
from lake_layout.profile import REPOSITORY
from local_stack import jars

_TASK = Path(__file__).with_name("first_draft_task.py")
_CONF = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.driver.memory": "4g",
    "spark.ui.enabled": "false",
}


class FirstDraft(Pipeline):
    def land(self) -> None:
        _submit_each("land", tables.SOURCES)

    def bronze(self) -> None:
        _submit_each("bronze", tables.SOURCES)

    def silver(self) -> None:
        _submit_each("silver", tables.SILVER)

    def gold(self) -> None:
        _submit_each("gold", tables.GOLD)

    def marts(self) -> None:
        _submit("marts", tables.MARTS)


def _submit_each(stage: str, addresses: tuple[str, ...]) -> None:
    for address in addresses:
        _submit(stage, (address,))


def _submit(stage: str, addresses: tuple[str, ...]) -> None:
    subprocess.run(_command(stage, addresses), cwd=REPOSITORY, env=_environment(), check=True)


def _command(stage: str, addresses: tuple[str, ...]) -> list[str]:
    spec = find_spec("pyspark")
    assert spec and spec.origin
    submit = [str(Path(spec.origin).parent / "bin" / "spark-submit"), "--master", "local[*]"]
    for name, value in _CONF.items():
        submit += ["--conf", f"{name}={value}"]
    paths = ":".join(jars.class_path(group) for group in ("spark", "jdbc"))
    return [*submit, "--driver-class-path", paths, str(_TASK), stage, *addresses]


def _environment() -> dict[str, str]:
    """Of this process, but for what points PySpark at a server that runs."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    return {**ours, "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(REPOSITORY)}
