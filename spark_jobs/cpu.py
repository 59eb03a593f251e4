"""What work costs: the tags of Spark's operations → seconds of CPU that its tasks took, told by its web server."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout.profile import profile

_NANOSECONDS = 1e9
_POLL_SECONDS, _HEARD_SECONDS = 0.1, 1
Job = dict[str, Any]


def seconds(tags: set[str]) -> dict[str, float]:
    """Tag → seconds of CPU of its jobs. Nobody's numbers are made up: without an answer there are none."""
    settings = profile()
    if not (settings.spark.ui_port and tags):
        return {}
    token = jwt.encode({}, settings.spark_ui_key, algorithm="HS256")
    host = urlsplit(settings.spark_remote).hostname
    try:
        with httpx.Client(
            base_url=f"http://{host}:{settings.spark.ui_port}/api/v1/applications",
            headers={"Authorization": f"Bearer {token}"},
            timeout=settings.timeouts.connect,
            trust_env=False,
        ) as client:
            return _seconds(client, tags)
    except (httpx.HTTPError, ValueError) as error:
        print(f"what it cost in CPU is not known: {error or type(error).__name__}", flush=True)
        return {}


def _seconds(client: httpx.Client, tags: set[str]) -> dict[str, float]:
    [application] = _get(client, "")
    place = f"/{application['id']}"
    jobs = _jobs(client, place, tags)
    return cost_of(jobs, _get(client, f"{place}/stages"))


def cost_of(jobs: Mapping[str, Sequence[Job]], stages: Iterable[dict[str, Any]]) -> dict[str, float]:
    """Tag → seconds of CPU of the stages of its jobs, told as the server tells them; a tag that lacks one is left out.

    The server forgets its oldest stages, and before them all that were skipped, which cost nothing.
    """
    cost: Counter[int] = Counter()
    for stage in stages:
        cost[stage["stageId"]] += stage["executorCpuTime"]
    whole = {tag: of for tag, of in jobs.items() if not _still_run(of) and all(_is_known(job, cost) for job in of)}
    ran = {tag: {stage for job in of for stage in job["stageIds"]} for tag, of in whole.items()}
    return {tag: sum(cost[stage] for stage in of) / _NANOSECONDS for tag, of in ran.items()}


def _is_known(job: Job, cost: Mapping[int, int]) -> bool:
    return len(set(job["stageIds"]) - cost.keys()) <= int(job["numSkippedStages"])


def _still_run(jobs: Collection[Job]) -> bool:
    """The server hears a moment later that a job has ended."""
    return any(job["status"] == "RUNNING" for job in jobs)


@retry(
    retry=retry_if_result(lambda found: any(map(_still_run, found.values()))),
    stop=stop_after_delay(_HEARD_SECONDS),
    wait=wait_fixed(_POLL_SECONDS),
    retry_error_callback=lambda last: last.outcome and last.outcome.result(),
)
def _jobs(client: httpx.Client, place: str, tags: set[str]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in _get(client, f"{place}/jobs"):
        # Spark Connect adds its own words before a tag.
        for tag in tags & {one.rpartition("_Tag_")[2] for one in job["jobTags"]}:
            found.setdefault(tag, []).append(job)
    return found


def _get(client: httpx.Client, path: str) -> Any:
    return client.get(path).raise_for_status().json()
