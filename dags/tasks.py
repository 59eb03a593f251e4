"""A task is one job's command line: arguments → child process → its lines in the task log → its exit code.

No shell and no template stands between a run's form and the job: dates are parsed, then passed as arguments.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from subprocess import TimeoutExpired
from types import MappingProxyType
from typing import Any

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import Asset, AssetAlias, BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags import dates, retries
from lake_layout.contracts import Zone, in_order
from lake_layout.periods import Period
from lake_layout.profile import REPOSITORY, profile

# Airflow kills a task's own process five seconds after it asked; its job must be gone by then.
SECONDS_TO_END = 3

DEFAULTS: dict[str, Any] = {
    "owner": "data-platform",
    "retries": retries.RETRIES,
    "retry_policy": retries.ByKindOfError(),
    "retry_delay": retries.FIRST_DELAY,
    "execution_timeout": timedelta(seconds=profile().timeouts.job),
    # Of several runs that wait for a pool, the one that is furthest goes first.
    "weight_rule": "upstream",
    "priority_weight": 10,
}
# Of all tasks that are ready, those of the daily runs go first.
BEHIND_DAILY_RUNS: dict[str, Any] = {**DEFAULTS, "weight_rule": "absolute", "priority_weight": 1}


class LakeJob(BaseOperator):
    """Runs one command and fails, retries or skips by what became of it.

    `takes_dates`: the command takes `--from` and `--to`. `takes`: fields of the run's form that are options of the
    command where they are filled. `names_run`: the command takes `--run`, the run's id. `only_now`: it reads a source
    as it is now, so a backfill, which is about the past, skips it. `tells`: key of the job's summary → an asset of
    which an event is told where the summary has something there.
    """

    def __init__(
        self,
        *,
        command: Sequence[str],
        takes_dates: bool = False,
        takes: Sequence[str] = (),
        names_run: bool = False,
        only_now: bool = False,
        tells: Mapping[str, Asset] = MappingProxyType({}),
        **common: Any,
    ) -> None:
        # What only may be told is an outlet by another name, of which Airflow tells nothing by itself.
        aliases = {key: AssetAlias(name=asset.name) for key, asset in tells.items()}
        super().__init__(outlets=[*common.pop("outlets", ()), *aliases.values()], **common)
        self.tells = {key: (aliases[key], asset) for key, asset in tells.items()}
        self.command = list(command)
        self.takes_dates = takes_dates
        self.takes = tuple(takes)
        self.names_run = names_run
        self.only_now = only_now
        self._hook: SubprocessHook | None = None

    def execute(self, context: Context) -> dict[str, Any] | None:
        """Run the command; returns the summary that the job prints as its last line."""
        run = context["dag_run"]
        self._skip_what_cannot_be(run)
        params = context["params"]
        arguments = self._dates(run, params) if self.takes_dates else []
        arguments += [f"--{name}={params[name]}" for name in self.takes if params.get(name) is not None]
        arguments += [f"--run={run.run_id}"] if self.names_run else []
        self._hook = SubprocessHook()
        result = self._hook.run_command([*self.command, *arguments], cwd=str(REPOSITORY))
        summary = _summary(result.output)
        if result.exit_code == retries.SKIPPED:
            raise AirflowSkipException((summary or {}).get("skipped", "The job skipped what it is for."))
        if error := retries.failure(result.exit_code):
            raise error
        # A run that another DAG started tells nothing, or two DAGs would start each other: the next scheduled one does.
        tells = {} if run.run_type == "operator_triggered" else self.tells
        for key, (alias, asset) in tells.items():
            if summary and summary.get(key):
                context["outlet_events"][alias].add(asset, extra={key: summary[key]})
        return summary

    def _skip_what_cannot_be(self, run: Any) -> None:
        if self.only_now and run.run_type == "backfill":
            raise AirflowSkipException("Yesterday's database cannot be read today: a backfill lands no snapshot.")
        begins = profile().airflow.schedules_from
        if run.run_type == "scheduled" and begins and run.data_interval_end < begins:
            raise AirflowSkipException(
                f"Schedules begin at {begins:%Y-%m-%d %H:%M} UTC (LAKE_AIRFLOW__SCHEDULES_FROM)."
            )

    def _dates(self, run: Any, params: Any) -> list[str]:
        interval = (run.data_interval_start, run.data_interval_end) if run.data_interval_start else None
        try:
            return dates.rebuilt(run.run_type, interval, params)
        except ValueError as error:
            raise AirflowFailException(f"These dates cannot be rebuilt: {error}.") from error

    def on_kill(self) -> None:
        """End the job and everything it started, at the latest after `SECONDS_TO_END`."""
        child = self._hook.sub_process if self._hook else None
        if child is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
            with suppress(TimeoutExpired):
                child.wait(SECONDS_TO_END)
            os.killpg(child.pid, signal.SIGKILL)


def _summary(line: str) -> dict[str, Any] | None:
    try:
        summary = json.loads(line)
    except ValueError:
        return None
    return summary if isinstance(summary, dict) else None


def spark_job(task_id: str, *arguments: str, pool: str, **options: Any) -> LakeJob:
    """A task that runs `python -m spark_jobs …`."""
    return LakeJob(task_id=task_id, command=[sys.executable, "-m", "spark_jobs", *arguments], pool=pool, **options)


def tables(zone: Zone, period: Period = Period.DAY) -> list[Asset]:
    """The assets of a zone, of gold those that are computed by a period, named as their contracts are."""
    found = (of for of in in_order(zone) if zone is not Zone.GOLD or of.period is period)
    return [Asset(name=f"{zone}/{of.address}", uri=f"lake://{zone}/{of.address}") for of in found]


def built_by(period: Period) -> LakeJob:
    """A task that builds the tables of gold that are computed by a period: `weeks` or `months`."""
    built = tables(Zone.GOLD, period)
    command = ("gold", "--period", period.value)
    return spark_job(f"{period}s", *command, pool="write_lake", takes_dates=True, outlets=built)


RELEASED = Asset(name="released", uri="lake://ops/releases")
"""Told of every release."""
WHOLE_WEEKS = Asset(name="whole_weeks", uri="lake://gold/whole_weeks")
"""Told when days are released of weeks that have all their days."""
WHOLE_MONTHS = Asset(name="whole_months", uri="lake://gold/whole_months")
"""The same of months."""
TELLS = {"weeks": WHOLE_WEEKS, "months": WHOLE_MONTHS}
"""Of which asset a release tells, by the key of its summary."""
