"""Spark's readers of Kafka end soon after the batch that they read: each holds what it fetched ahead."""

import pytest
from pyspark.sql import SparkSession
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout.contracts import Contract
from lake_layout.profile import profile
from tests.landing_stack import land, produce
from tests.own_server import listening_at

pytestmark = pytest.mark.services
_SECONDS = 30


def test_no_reader_outlives_its_batch_for_long(
    connected: SparkSession, readings: Contract, spark_environment: dict[str, str]
) -> None:
    produce(readings, ["one", "two"], partition=0)
    assert land(connected, readings)["rows"] == 2
    broker = int(profile().kafka.bootstrap.rpartition(":")[2])
    server = listening_at(int(spark_environment["LAKE_SPARK__PORT"]))
    retry(retry=retry_if_result(bool), stop=stop_after_delay(_SECONDS), wait=wait_fixed(0.5))(
        lambda: [one for one in server.net_connections("tcp") if one.raddr and one.raddr.port == broker]
    )()
