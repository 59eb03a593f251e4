"""# land_sources

Brings what the sources have into **raw**, as it is: Kafka topics by offset, tables of the application
database as snapshots, files by their content. Every hour; a manual run lands what is there now.

Running it again adds nothing. The kinds do not wait for each other. A backfill lands no snapshot, for
yesterday's database cannot be read today, and says so; topics and files are landed by position, not by date.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronDataIntervalTimetable

from dags.tasks import DEFAULTS, spark_job

with DAG(
    "land_sources",
    description="Kafka topics, database snapshots and files into raw.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["raw", "hourly"],
):
    for kind in ("kafka_log", "snapshot", "files"):
        spark_job(
            f"land_{kind}",
            "land",
            "--kind",
            kind,
            pool=f"write_raw_{kind}",
            only_now=kind == "snapshot",
        )
