"""# weekly_analytics

Sums of weeks and where they are going: weeks → a release that shows them → a report, one file in `<lake>/reports/`.

It begins by itself when `daily_etl` has released days of a week that is whole; then it rebuilds the weeks that these
days affect. A manual run without dates does the same, one with `from` and `to` (local dates, inclusive) rebuilds
exactly the weeks that hold them. `release` is a run of `daily_etl`, so that readers see days and weeks of one release.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, chain

from dags.dates import FORM
from dags.tasks import DEFAULTS, WHOLE_WEEKS, spark_job, tables
from lake_layout.contracts import Zone
from lake_layout.periods import Period
from lake_layout.profile import profile

with DAG(
    "weekly_analytics",
    description="Weekly progress and performance trends, when a week is whole.",
    doc_md=__doc__,
    schedule=[WHOLE_WEEKS],
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(seconds=2 * profile().timeouts.dag_run),
    default_args=DEFAULTS,
    params={name: FORM[name] for name in ("from", "to")},
    tags=["gold", "marts", "weekly"],
):
    built = tables(Zone.GOLD, Period.WEEK)
    weeks = spark_job("weeks", "gold", "--period", "week", pool="write_lake", takes_dates=True, outlets=built)
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
    )
    report = spark_job("report", "report", pool="write_warehouses")
    chain(weeks, release, report)
