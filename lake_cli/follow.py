"""Follow one run of a DAG to its end: Airflow's API → a line for each task that ends → the run as it ended."""

import time
from collections.abc import Callable

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from lake_cli.airflow_api import END_STATES, AirflowApi, AirflowError, Run, Task
from lake_cli.screen import err
from lake_layout.profile import profile

LOG_LINES = 25
MARKS = {"success": "[green]done[/]   ", "skipped": "[yellow]skipped[/]", "failed": "[red]failed[/] "}


def to_its_end(api: AirflowApi, run: Run) -> Run:
    """Wait until the run is over, printing what happens.

    Raises AirflowError: it is not over after `timeouts.dag_run`; it goes on without being followed.
    """
    limit = profile().timeouts.dag_run
    with err.status(f"{run.dag_id}: waiting for its turn") as status:
        look = _look(api, run, status.update)
        try:
            ended: Run = Retrying(
                retry=retry_if_result(lambda now: not now.is_over),
                wait=wait_fixed(profile().timeouts.run_poll),
                stop=stop_after_delay(limit),
            )(look)
        except RetryError as error:
            raise AirflowError(f"{run.run_id} is not over after {limit} s; it goes on: {run.url}") from error
    if ended.state == "failed":
        _print_why(api, ended)
    return ended


def _look(api: AirflowApi, run: Run, show: Callable[[str], None]) -> Callable[[], Run]:
    begin = time.monotonic()
    printed: set[tuple[str, int, str]] = set()

    def look() -> Run:
        # The run is read before its tasks, so that the last task's end is printed before the run is over.
        now = api.run(run.dag_id, run.run_id)
        tasks = api.tasks(run)
        for task in tasks:
            event = (task.task_id, task.try_number, task.state)
            if event not in printed:
                printed.add(event)
                _print(task)
                if task.state == "skipped":
                    _print_log(api, run, task, 1)
        active = ", ".join(f"{task.task_id} ({task.state})" for task in tasks if _is_active(task))
        over = sum(task.state in END_STATES for task in tasks)
        show(f"{run.dag_id} {time.monotonic() - begin:.0f} s · {over} of {len(tasks)} tasks · {active or now.state}")
        return now

    return look


def _is_active(task: Task) -> bool:
    return task.state in ("queued", "running", "up_for_retry")


def _print(task: Task) -> None:
    if task.state in MARKS:
        err.print(f"  {MARKS[task.state]}  {task.task_id:<20} {task.seconds:6.1f} s")
    elif task.state == "up_for_retry":
        err.print(f"  [yellow]again[/]    {task.task_id:<20} {task.seconds:6.1f} s  try {task.try_number} failed")


def _print_why(api: AirflowApi, run: Run) -> None:
    for task in api.tasks(run):
        if task.state == "failed":
            err.print(f"\n{task.task_id} failed; the end of its log:", style="bold red")
            _print_log(api, run, task, LOG_LINES)


def _print_log(api: AirflowApi, run: Run, task: Task, lines: int) -> None:
    for line in api.log_lines(run, task, lines):
        err.print(f"  {line}", markup=False)
