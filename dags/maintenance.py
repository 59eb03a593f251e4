"""# maintenance

Keeps the tables of the lake quick to read and small to store, every night, behind the daily runs.

Landing and typing add a file or more every time they run. Where a partition has many small ones they are merged into
few, without a row being touched; then files that were replaced over a week ago are deleted, but for those that a kept
release names. Running it again does nothing. `python -m spark_jobs maintenance --dry-run` tells what it would do.

It **halts** where a merged file has not the rows of those it is made of; nothing is deleted then, and the log says how
to return.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronDataIntervalTimetable

from dags.tasks import BEHIND_DAILY_RUNS, spark_job

with DAG(
    "maintenance",
    description="Small files are merged, and files that nobody reads any longer are deleted.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 3 * * *", timezone="UTC"),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=BEHIND_DAILY_RUNS,
    tags=["maintenance", "daily"],
):
    spark_job("maintenance", "maintenance", pool="write_lake")
