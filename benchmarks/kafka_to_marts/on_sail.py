"""Our jobs on Sail, a Spark Connect server without a JVM, as far as it can; what it cannot a job on Spark makes.

Sail asks for no password: its server is part of this process and ends with it. It has no source for Kafka, so landing
is Spark's; ClickHouse and Postgres take marts from the lake's files, whoever wrote them.
"""

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from unittest.mock import patch

from pysail.spark import SparkConnectServer
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.connect.dataframe import DataFrame as ConnectFrame

from benchmarks.kafka_to_marts import ours, tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import build, session, write
from spark_jobs.bronze import build as bronze
from spark_jobs.bronze import run as bronze_on_spark
from spark_jobs.commits import Commit

_CHARACTERS = 200
_written = write.append
Job = Callable[[SparkSession, Contract], dict[str, int]]


class OnSail(ours.Ours):
    def __init__(self) -> None:
        self.on_sail: list[str] = []
        self.on_spark: dict[str, str] = {}
        self.server = SparkConnectServer("127.0.0.1", 0)
        self.server.start(background=True)

    def bronze(self) -> None:
        if left := self._tried(Zone.BRONZE, tables.SOURCES, bronze.build):
            bronze_on_spark.run(left)

    def silver(self) -> None:
        self._built(Zone.SILVER, tables.SILVER)

    def gold(self) -> None:
        self._built(Zone.GOLD, tables.GOLD)

    def told(self) -> dict[str, Any]:
        """`on_sail`: tables that Sail made; `on_spark`: the others, with Sail's word for why it did not."""
        return {"on_sail": self.on_sail, "on_spark": self.on_spark, **super().told()}

    def _built(self, zone: Zone, addresses: Sequence[str]) -> None:
        if left := self._tried(zone, addresses, lambda spark, of: build.build_dates(spark, of, zone, None)):
            build.run(zone, left)

    def _tried(self, zone: Zone, addresses: Sequence[str], job: Job) -> list[str]:
        """The datasets of which Sail does not make the table."""
        left = []
        with self._session() as spark:
            for address in addresses:
                try:
                    job(spark, contract(address))
                    self.on_sail.append(f"{address}@{zone}")
                except PySparkException as error:
                    left.append(address)
                    self.on_spark[f"{address}@{zone}"] = textwrap.shorten(str(error), _CHARACTERS)
        return left

    @contextmanager
    def _session(self) -> Iterator[SparkSession]:
        """One in which jobs do without what Sail lacks: counts beside a write, and a replacement that can be trusted,
        for which an append stands in a lake that has no rows yet.
        """
        assert self.server.listening_address
        spark = session.open_at("sc://{}:{}".format(*self.server.listening_address))
        for key, value in {**session.SETTINGS, "spark.sql.ansi.enabled": "true"}.items():
            spark.conf.set(key, value)
        with (
            patch.object(ConnectFrame, "observe", lambda frame, *_counts: frame),
            patch.object(write, "append", _append),
            patch.object(write, "replace_dates", _append_dates),
        ):
            yield spark
        spark.stop()


def _append(frame: DataFrame, of: Contract, zone: Zone, commit: Commit) -> Commit:
    """What nobody has counted is none."""
    return replace(_written(frame, of, zone, commit), measured=Counter())


def _append_dates(frame: DataFrame, of: Contract, zone: Zone, _dates: Sequence[date], commit: Commit) -> Commit:
    return _append(frame, of, zone, commit)
