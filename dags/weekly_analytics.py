"""# weekly_analytics

Sums of weeks and months: weeks → months → a release that shows them → a report, one file in `<lake>/reports/`.

It begins by itself when `daily_etl` has released days of a week or month that is whole, and rebuilds what these days or
changed goals affect. A manual run without dates does the same; one with `from` and `to` (local dates, inclusive)
rebuilds exactly the weeks and months that hold them. `release` is a run of `daily_etl`, so that readers see days and
their sums in one release.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, chain

from dags.dates import FORM
from dags.retries import NotWhereTasksFailed
from dags.tasks import DEFAULTS, WHOLE_MONTHS, WHOLE_WEEKS, built_by, spark_job
from lake_layout.periods import Period
from lake_layout.profile import profile

with DAG(
    "weekly_analytics",
    description="Weekly progress and trends, monthly goals, when a week or a month is whole.",
    doc_md=__doc__,
    schedule=WHOLE_WEEKS | WHOLE_MONTHS,
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(seconds=2 * profile().timeouts.dag_run),
    default_args=DEFAULTS,
    params={name: FORM[name] for name in ("from", "to")},
    tags=["gold", "marts", "weekly", "monthly"],
):
    weeks, months = built_by(Period.WEEK), built_by(Period.MONTH)
    release = TriggerDagRunOperator(
        task_id="release",
        trigger_dag_id="daily_etl",
        # A second try is the same run once more, not another one.
        trigger_run_id="{{ dag.dag_id }}__{{ run_id }}",
        reset_dag_run=True,
        fail_when_dag_is_paused=True,
        wait_for_completion=True,
        deferrable=True,
        poke_interval=profile().timeouts.run_poll,
        pool="write_warehouses",
        retry_policy=NotWhereTasksFailed(),
    )
    report = spark_job("report", "report", pool="write_warehouses")
    chain(weeks, months, release, report)
