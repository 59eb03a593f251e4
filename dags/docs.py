"""# docs

Great Expectations looks at the newest batch of every table of bronze, silver and gold and writes its **Data Docs**:
`<home>/data_docs/index.html`. It decides nothing: batches were judged by the gates of `daily_etl`, by the same rules.
The task halts where it finds anything else than they do; then one of the two is wrong.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronDataIntervalTimetable

from dags.tasks import DEFAULTS, spark_job

with DAG(
    "docs",
    description="The newest batch of every table in the Data Docs of Great Expectations.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 6 * * *", timezone="UTC"),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    # Of all tasks that are ready, those of the daily runs go first.
    default_args={**DEFAULTS, "priority_weight": 1, "weight_rule": "absolute"},
    tags=["bronze", "silver", "gold", "quality", "daily"],
):
    spark_job("data_docs", "data-docs", pool="backfill")
