"""# daily_etl

Turns **raw** into the numbers people read: bronze → gate → silver → gate → gold → gate → verify → release.

| run | rebuilds |
|---|---|
| scheduled, or manual without dates | what newly arrived, and the dates it affects |
| manual with `from` and `to` (local dates, inclusive) | exactly these dates of silver and gold |
| backfill | exactly the dates of its data intervals |
| manual with `backfill` | what newly arrived; the dates of a staged backfill (DAG `backfill`) get its rows |

Bronze always takes whatever raw has that is new; it has no dates. The same dates give the same rows again.
A gate that **halts** is not retried: read the task's log, mend, then clear the task. `verify` looks for what is lost
or there twice. `release` publishes to both warehouses, has dbt build and test, proves what they hold and only then lets
readers see it (`lake releases`). Then `search` begins, and, with days of whole weeks or months, `weekly_analytics`.
"""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, chain

from dags.dates import FORM
from dags.tasks import DEFAULTS, RELEASED, TELLS, spark_job, tables
from lake_layout.contracts import Zone

DATED: dict[str, Any] = {"takes_dates": True, "takes": ["backfill"]}
TOLD: dict[str, Any] = {"outlets": [RELEASED], "tells": TELLS}

with DAG(
    "daily_etl",
    description="Raw to bronze, silver, gold, and a release in ClickHouse and Postgres.",
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
    silver = spark_job("silver", "silver", pool="write_lake", **DATED, outlets=tables(Zone.SILVER))
    gate_silver = spark_job("gate_silver", "gate", "silver", pool="write_lake")
    gold = spark_job("gold", "gold", "--period", "day", pool="write_lake", **DATED, outlets=tables(Zone.GOLD))
    gate_gold = spark_job("gate_gold", "gate", "gold", pool="write_lake")
    verify = spark_job("verify", "verify", "--recent", pool="write_lake", takes_dates=True)
    release = spark_job("release", "release", pool="write_warehouses", takes=["backfill"], **TOLD)
    chain(bronze, gate_bronze, silver, gate_silver, gold, gate_gold, verify, release)
