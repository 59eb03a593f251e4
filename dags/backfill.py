"""# backfill

Computes a dataset's dates again, and all that is made from them, **aside**: no reader sees anything of it, and the
daily runs go on beside it, before it. begin → silver → gold → compare.

Trigger it with a dataset (as `wearables/health_metrics`) and two local dates, or by `lake backfill run`; look before
with `lake backfill plan`. Then `lake backfill diff NUMBER` tells what it would change, and `publish` has a run of
`daily_etl` take the rows over and release them; `abandon` lets them go. Dates whose inputs have moved meanwhile are
built anew when it is published. `lake rollback` shows the release before.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, Param, chain

from dags.tasks import BEHIND_DAILY_RUNS, spark_job
from lake_layout.contracts import contracts

FORM = {
    "dataset": Param(type="string", enum=list(contracts()), title="Dataset", description="With what is made from it."),
    "from": Param(type="string", format="date", title="First date", description="Local date, inclusive."),
    "to": Param(type="string", format="date", title="Last date", description="Local date, inclusive."),
}

with DAG(
    "backfill",
    description="A dataset's past dates, and what is made from them, computed aside and compared.",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=BEHIND_DAILY_RUNS,
    params=FORM,
    tags=["silver", "gold", "backfill"],
):
    begin = spark_job("begin", "begin-backfill", pool="backfill", takes=FORM, names_run=True)
    steps = [
        spark_job(step, "stage-backfill", step, pool="backfill", names_run=True)
        for step in ("silver", "gold", "compare")
    ]
    chain(begin, *steps)
