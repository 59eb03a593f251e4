"""What is found in a topic and its raw table: gaps, losses, records twice, and how long what waits is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs.verify import offsets as verify
from spark_jobs.verify.findings import Verdict
from tests.landing_stack import NOTHING, expire, in_transaction, keep_for, land, offsets, produce, topic

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]


def test_records_that_expired_unread_are_a_known_loss_and_the_rest_lands(
    connected: SparkSession, readings: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    produce(readings, ["one"], partition=0)
    land(connected, readings)
    produce(readings, ["two", "three", "four"], partition=0)
    expire(readings, 0, before=3)
    assert land(connected, readings)["rows"] == 1
    assert f"lost: {topic(readings)} partition 0: offsets 1 to 2" in capsys.readouterr().out
    assert offsets(connected, readings) == [(0, 0), (0, 3)]
    assert land(connected, readings) == NOTHING
    good, loss = verify.check(connected, readings)
    assert good.words == "2 offsets of 1 partitions, each once"
    assert loss.verdict is Verdict.WARNING and "lost for good: partition 0: offsets 1 to 2, known since 2" in loss.words


def test_markers_of_transactions_are_no_gaps_even_when_the_log_has_forgotten_them(
    connected: SparkSession, readings: Contract
) -> None:
    for values, is_committed in ((["one", "two"], True), (["never"], False), (["three"], True)):
        in_transaction(readings, values, partition=0, is_committed=is_committed)
    assert land(connected, readings)["rows"] == 3
    assert offsets(connected, readings) == [(0, 0), (0, 1), (0, 5)]
    for _ in range(2):
        assert [one.words for one in verify.check(connected, readings)] == ["3 offsets of 1 partitions, each once"]
        produce(readings, ["later"], partition=0)
        expire(readings, 0, before=7)
    assert land(connected, readings)["rows"] == 2


def test_records_that_raw_has_lost_are_found_while_the_log_has_them_and_after(
    connected: SparkSession, readings: Contract
) -> None:
    produce(readings, ["one", "two", "three", "four"], partition=0)
    land(connected, readings)
    connected.sql(f"DELETE FROM delta.`{tables.path(readings, Zone.RAW)}` WHERE _offset IN (1, 3)")
    words = "the broker has records that raw has not: partition 0: offsets 1 to 1, partition 0: offsets 3 to 3"
    assert [(one.verdict, one.words) for one in verify.check(connected, readings)] == [(Verdict.WRONG, words)]
    expire(readings, 0, before=4)
    words = (
        "no rows, and the log no longer tells whether there were records: partition 0: offsets 1 to 1, "
        "partition 0: offsets 3 to 3"
    )
    assert [(one.verdict, one.words) for one in verify.check(connected, readings)] == [(Verdict.WRONG, words)]


def test_records_that_wait_are_told_before_they_expire(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one"], partition=0)
    land(connected, readings)
    keep_for(readings, timedelta(hours=10))
    shorter = "the broker keeps records for 10 h, the contract says 7d"
    assert [one.words for one in verify.check(connected, readings)][1:] == [shorter]
    produce(readings, ["two"], partition=0, at=datetime.now(UTC) - timedelta(hours=8))
    waits = "records wait that will be gone in 2 h: run `lake run land_sources`"
    assert [one.words for one in verify.check(connected, readings)][1:] == [shorter, waits]
