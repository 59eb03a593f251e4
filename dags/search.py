"""# search

Lets people search the words of the release that is shown: conversations with the coach, notes on workouts, service logs
(`lake search`). It begins by itself after every release, where a search is configured (`LAKE_SEARCH__ENABLED` or
`LAKE_SEARCH__URL`); elsewhere it only runs when asked, and then skips and says so.

Only dates that changed since the release indexed before are indexed anew; readers see all of it at once. Running it
again indexes nothing.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG

from dags.tasks import BEHIND_DAILY_RUNS, RELEASED, spark_job
from lake_layout.profile import profile

with DAG(
    "search",
    description="The words of the current release into OpenSearch.",
    doc_md=__doc__,
    schedule=[RELEASED] if profile().search.url else None,
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=BEHIND_DAILY_RUNS,
    tags=["search", "daily"],
):
    spark_job("index", "search", pool="write_search")
