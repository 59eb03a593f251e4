"""What an operation of Spark costs is told by its tag, to those only who can sign, and left out where nobody tells."""

import httpx
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from tenacity import stop_after_delay

from lake_layout.profile import profile
from spark_jobs import cpu
from spark_jobs.session import tagged


@pytest.fixture(autouse=True)
def _servers(spark: SparkSession, lake) -> None:
    """The profile points at the running server."""


def work(spark: SparkSession, rows: int) -> None:
    spark.range(rows).agg(F.sum(F.crc32(F.sha2(F.col("id").cast("string"), 256).cast("binary")))).collect()


def test_each_tag_costs_what_its_operations_took(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy server hears late that a job has ended.
    monkeypatch.setattr(cpu._jobs.retry, "stop", stop_after_delay(30))
    with tagged(spark, "much"):
        work(spark, 2_000_000)
    with tagged(spark, "little"):
        work(spark, 1)
    with tagged(spark, "much"):
        work(spark, 2_000_000)
    work(spark, 2_000_000)
    cost = cpu.seconds({"much", "little", "never"})
    assert set(cost) == {"much", "little"}
    assert 0 < cost["little"] < cost["much"] / 2


def test_a_skipped_stage_may_be_forgotten_but_no_other() -> None:
    def job(*stages: int, skipped: int, status: str = "SUCCEEDED") -> dict[str, object]:
        return {"stageIds": list(stages), "numSkippedStages": skipped, "status": status}

    jobs = {
        "whole": [job(1, 2, skipped=0), job(2, 3, skipped=1)],
        "skipped": [job(3, 90, 91, skipped=2)],
        "forgotten": [job(3, skipped=0), job(4, 90, 91, skipped=1)],
        "running": [job(3, skipped=0), job(4, skipped=0, status="RUNNING")],
    }
    stages = [{"stageId": stage, "executorCpuTime": 10**stage} for stage in (1, 2, 3, 3, 4)]
    assert cpu.cost_of(jobs, stages) == {"whole": 2110 / 10**9, "skipped": 2000 / 10**9}


def test_who_does_not_sign_is_refused() -> None:
    url = f"http://localhost:{profile().spark.ui_port}"
    assert [httpx.get(f"{url}/{path}", trust_env=False).status_code for path in ("jobs/", "api/v1/applications")] == [
        403,
        403,
    ]


def test_without_a_server_nothing_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(profile().spark, "ui_port", 1)
    assert cpu.seconds({"much"}) == {}
    assert "not known" in capsys.readouterr().out
    monkeypatch.setattr(profile().spark, "ui_port", 0)
    assert cpu.seconds({"much"}) == {}
    assert capsys.readouterr().out == ""
