"""# daily_etl

Turns **raw** into the numbers people read: bronze → gate → silver → gate → gold → both warehouses → dbt → verify.

| run | rebuilds |
|---|---|
| scheduled, or manual without dates | what newly arrived, and the dates it affects |
| manual with `from` and `to` (local dates, inclusive) | exactly these dates of silver and gold |
| backfill | exactly the dates of its data intervals |

Bronze always takes whatever raw has that is new; it has no dates. The same dates give the same rows again.
A gate that **halts** is not retried: read the task's log and the Data Docs, mend, then clear the task. `verify`
looks for what is lost or there twice, as `lake verify --recent` does; when it is red, its log says what is wrong where.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronDataIntervalTimetable, chain

from dags.dates import FORM
from dags.tasks import DEFAULTS, dbt_build, spark_job, tables
from lake_layout.contracts import Zone

with DAG(
    "daily_etl",
    description="Raw to bronze, silver, gold, ClickHouse, Postgres and the marts.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params=FORM,
    tags=["bronze", "silver", "gold", "marts", "daily"],
):
    bronze = spark_job("bronze", "bronze", pool="write_lake", outlets=tables(Zone.BRONZE))
    gate_bronze = spark_job("gate_bronze", "gate", "bronze", pool="write_lake")
    silver = spark_job("silver", "silver", pool="write_lake", takes_dates=True, outlets=tables(Zone.SILVER))
    gate_silver = spark_job("gate_silver", "gate", "silver", pool="write_lake")
    gold = spark_job("gold", "gold", pool="write_lake", takes_dates=True, outlets=tables(Zone.GOLD))
    verify = spark_job("verify", "verify", "--recent", pool="write_lake", takes_dates=True)
    chain(bronze, gate_bronze, silver, gate_silver, gold)
    for warehouse in ("clickhouse", "postgres"):
        publish = spark_job(f"publish_{warehouse}", "publish", warehouse, pool=f"write_{warehouse}")
        chain(gold, publish, dbt_build(warehouse), verify)
