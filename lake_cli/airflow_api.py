"""What the commands ask of Airflow: password → token → its REST API v2 → plain records.

A call that finds no connection, or a server error, is repeated; nothing here happens twice for that, because a run
is created under a name of ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception, retry_if_exception_type, stop_after_delay, wait_random_exponential

from lake_layout.profile import REPOSITORY, profile

END_STATES = ("success", "failed", "skipped", "upstream_failed", "removed")


class AirflowError(Exception):
    """Airflow cannot do what was asked, in words for a person."""


class NotParsedYet(AirflowError):
    """The DAG's file is there, and Airflow has not read it yet."""


@dataclass(frozen=True)
class Task:
    task_id: str
    state: str
    seconds: float
    try_number: int
    note: str | None = None


@dataclass(frozen=True)
class Run:
    """One run; `dates` is what its form was given, `interval` its data interval, both may be empty."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    dates: tuple[str, str] | None
    interval: tuple[str, str] | None
    seconds: float | None

    @property
    def is_over(self) -> bool:
        return self.state in ("success", "failed")

    @property
    def url(self) -> str:
        return f"{profile().airflow_url}/dags/{self.dag_id}/runs/{self.run_id}"


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


class AirflowApi:
    """A logged-in client.

    Raises AirflowError: Airflow does not answer, or does not know the profile's password.
    """

    def __init__(self) -> None:
        limits = profile().timeouts
        # A proxy for the world must not be asked for this machine.
        self._http = httpx.Client(base_url=profile().airflow_url, timeout=limits.connect, trust_env=False)
        self._patience = limits.connect
        self._http.headers["Authorization"] = f"Bearer {self._token()}"
        # A service that restarts in the middle of a run is waited for.
        self._patience = limits.service_ready

    def __enter__(self) -> "AirflowApi":
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def _token(self) -> str:
        settings = profile().airflow
        login = {"username": settings.user, "password": settings.password.get_secret_value()}
        try:
            token: str = self._call("POST", "/auth/token", json=login)["access_token"]
        except httpx.HTTPStatusError as error:
            raise AirflowError(f"Airflow refuses the user {settings.user}: {error.response.text}") from error
        except httpx.TransportError as error:
            raise AirflowError(f"Airflow does not answer at {profile().airflow_url}; `lake up` starts it") from error
        return token

    def _call(self, method: str, path: str, **options: Any) -> Any:
        attempts = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_delay(self._patience),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            reraise=True,
        )
        return attempts(self._once, method, path, **options)

    def _once(self, method: str, path: str, **options: Any) -> Any:
        answer = self._http.request(method, path, **options)
        answer.raise_for_status()
        return answer.json()

    def dag(self, dag_id: str, on_wait: Callable[[], None]) -> dict[str, Any]:
        """The details of a DAG; waits for Airflow to read a file that is there.

        Raises AirflowError: no such DAG, or its file has an error.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(NotParsedYet),
            stop=stop_after_delay(profile().timeouts.service_ready),
            wait=wait_random_exponential(max=5),
            before_sleep=lambda _state: on_wait(),
            reraise=True,
        )
        return attempts(self._dag, dag_id)

    def _dag(self, dag_id: str) -> dict[str, Any]:
        known = {dag["dag_id"] for dag in self._call("GET", "/api/v2/dags", params={"limit": 100})["dags"]}
        if dag_id in known:
            details: dict[str, Any] = self._call("GET", f"/api/v2/dags/{dag_id}/details")
            return details
        for broken in self._call("GET", "/api/v2/importErrors")["import_errors"]:
            if broken["filename"].endswith(f"{dag_id}.py"):
                raise AirflowError(f"Airflow cannot read {broken['filename']}:\n{broken['stack_trace']}")
        if dag_id in {path.stem for path in (REPOSITORY / "dags").glob("*.py")}:
            raise NotParsedYet(f"Airflow has not read dags/{dag_id}.py; see `lake logs airflow-dag-processor`")
        raise AirflowError(f"Airflow has no DAG {dag_id}; it has {', '.join(sorted(known)) or 'none yet'}")

    def unpause(self, dag_id: str) -> None:
        self._call("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, run_id: str, form: Mapping[str, Any]) -> Run:
        """Create a run; if one of this name exists, a call before this one made it, and it is returned."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(form)}
        try:
            return _run(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body))
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.CONFLICT:
                return self.run(dag_id, run_id)
            raise AirflowError(f"Airflow refuses the run: {error.response.text}") from error

    def run(self, dag_id: str, run_id: str) -> Run:
        return _run(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"))

    def runs(self, dag_id: str | None, count: int) -> list[Run]:
        """The newest runs of one DAG or of all."""
        newest = {"order_by": "-run_after", "limit": count}
        return [
            _run(row) for row in self._call("GET", f"/api/v2/dags/{dag_id or '~'}/dagRuns", params=newest)["dag_runs"]
        ]

    def tasks(self, run: Run) -> list[Task]:
        """The tasks of a run, in the order in which they began."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"
        rows = self._call("GET", path)["task_instances"]
        rows.sort(key=lambda row: (row["start_date"] or "~", row["task_id"]))
        return [
            Task(row["task_id"], row["state"] or "waiting", row["duration"] or 0.0, row["try_number"], row["note"])
            for row in rows
        ]

    def log_lines(self, run: Run, task: Task, count: int) -> list[str]:
        """The last lines that the job of a task's newest try printed, and what the task made of its end."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task.task_id}/logs/{task.try_number}"
        content = self._call("GET", path, headers={"Accept": "application/json"})["content"]
        words = [line for entry in content for line in _words(entry)]
        return words[-count:]


def _words(entry: dict[str, Any] | str) -> list[str]:
    """What a log entry says of the job; nothing for Airflow's own talk."""
    if isinstance(entry, str):
        return entry.splitlines()
    if entry["event"] == "Skipping task." and entry.get("reason"):
        return [str(entry["reason"])]
    lines = entry["event"].splitlines() if entry.get("logger", "").endswith("SubprocessHook") else []
    causes = entry.get("error_detail") or []
    return [*lines, *(f"{cause['exc_type']}: {cause['exc_value']}" for cause in causes)]


def _run(row: dict[str, Any]) -> Run:
    form = row["conf"] or {}
    begin, end = row["data_interval_start"], row["data_interval_end"]
    return Run(
        dag_id=row["dag_id"],
        run_id=row["dag_run_id"],
        run_type=row["run_type"],
        state=row["state"],
        dates=(form["from"], form["to"]) if form.get("from") and form.get("to") else None,
        interval=(begin, end) if begin and end else None,
        seconds=_seconds(row["start_date"], row["end_date"]),
    )


def _seconds(start: str | None, end: str | None) -> float | None:
    if not start or not end:
        return None
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 1)
