"""# docs

Pages to look things up, made anew every morning; the menu *Browse* opens them.

| task | page |
|---|---|
| `data_docs` | Great Expectations judges the newest batch of every table of bronze, silver and gold |
| `dbt_docs` | what every model of both warehouses means and is made of |
| `catalogue` | every dataset: columns, rules, lineage, rows and freshness |

They decide nothing: batches were judged by the gates of `daily_etl`, by the same rules. `data_docs` halts where it
finds anything else than they do; then one of the two is wrong.
"""

import sys
from datetime import UTC, datetime

from airflow.sdk import DAG, CronDataIntervalTimetable

from dags.tasks import BEHIND_DAILY_RUNS, LakeJob, spark_job

with DAG(
    "docs",
    description="Data Docs, dbt docs and the catalogue of datasets.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 6 * * *", timezone="UTC"),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=BEHIND_DAILY_RUNS,
    tags=["docs", "quality", "daily"],
):
    spark_job("data_docs", "docs", "data", pool="backfill")
    spark_job("dbt_docs", "docs", "dbt", pool="write_warehouses")
    LakeJob(task_id="catalogue", command=[sys.executable, "-m", "lake_cli", "catalogue"], pool="backfill")
