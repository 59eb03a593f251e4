"""What Airflow itself costs: a run in which there is nothing to do, each file that it reads, and its rest."""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.one_run import timed
from benchmarks.workloads import Given
from lake_cli.airflow_api import AirflowApi, Run
from lake_cli.runs import run_to_its_end
from lake_cli.stack import start

_DAG = "land_sources"
_REST_SECONDS = 10


class Ours:
    """Airflow starts with the first run and stays up for the next."""

    run: Run

    @classmethod
    def prepare(cls, _given: Given) -> None:
        start([])
        # What the topics hold lands now, so that nothing is left for the run that is measured.
        run_to_its_end(_DAG, {})

    def stages(self) -> dict[str, Callable[[], None]]:
        return {"a run without news": self._run}

    def _run(self) -> None:
        self.run = run_to_its_end(_DAG, {})

    def told(self) -> dict[str, Any]:
        """`rest`: what the whole stack takes while nobody asks for anything."""
        with AirflowApi() as api:
            tasks = {task.task_id: round(task.seconds, 2) for task in api.tasks(self.run)}
            dags = sorted({run.dag_id for run in api.runs(None, 100)})
            parsed = {dag: api.dag(dag, lambda: None).get("last_parse_duration") for dag in dags}
        return {
            "checksums": {},
            "task_seconds": tasks,
            "parse_seconds": parsed,
            "rest": timed(lambda: time.sleep(_REST_SECONDS)),
        }
