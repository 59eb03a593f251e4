"""What waits in quarantine is judged again by the rules of today: once, with its bytes, as if it had never waited."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.profile import profile
from spark_jobs import build as silver
from spark_jobs import commits, write
from spark_jobs.bronze import build as bronze
from spark_jobs.quarantine import records, replay
from tests.spark_jobs.landed import land
from tests.spark_jobs.quarantined import Asks, at_most, judge, reading, rows, waiting

PRICES = contract("market/daily_prices")


@pytest.fixture
def readings(own_datasets: None) -> Contract:
    return contract("tests/readings")


def version(of: Contract) -> int:
    newest = commits.newest(of, Zone.BRONZE)
    assert newest and newest.version is not None
    return newest.version


HEADER = "symbol,date,open,high,low,close,volume,currency"


def price(number: int, close: float) -> str:
    """A line of the hundred symbols' prices of ten days, by number."""
    return f"S{number % 100},2025-03-{10 + number // 100},1,2,1,{close},1,USD"


def silver_of_prices(spark: SparkSession) -> list[tuple]:
    silver.build_dates(spark, PRICES, Zone.SILVER, None)
    return rows(spark, PRICES, "symbol", "trading_date", "close_price", "_status", "_reasons", zone=Zone.SILVER)


def test_after_a_replay_silver_is_what_it_would_have_been(
    spark: SparkSession, lake: Path, asks: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every tenth comes again later with another price: the first that landed must win in the end.
    first, again = [price(n, 101 + n) for n in range(1000)], [price(n, 80) for n in range(0, 1000, 10)]
    asks(PRICES, at_most("close_price", 100))
    land(spark, PRICES, [*first, *again], HEADER)
    assert bronze.build(spark, PRICES)["rejected"] == 1000
    assert {row[2] for row in silver_of_prices(spark)} == {80}
    asks(PRICES)
    before = commits.progress(PRICES, Zone.BRONZE).consumed
    assert replay.replay(spark, PRICES)["accepted"] == 1000
    assert commits.progress(PRICES, Zone.BRONZE).consumed == before
    repaired = silver_of_prices(spark)
    assert sorted(row[2] for row in repaired) == [101 + n for n in range(1000)]

    monkeypatch.setenv("LAKE_LAKE__ROOT", f"file:{lake.parent}/right")
    profile.cache_clear()
    land(spark, PRICES, [*first, *again], HEADER)
    bronze.build(spark, PRICES)
    assert repaired == silver_of_prices(spark)


def test_a_second_replay_and_the_next_bronze_run_find_nothing_old(
    spark: SparkSession, readings: Contract, asks: Asks
) -> None:
    judge(spark, readings, asks, reading(1, 120), reading(2, 60))
    asks(readings)
    replay.replay(spark, readings)
    before = version(readings)
    assert replay.replay(spark, readings)["open"] == 0
    assert replay.run([readings.address], None, dry_run=False) == {}
    assert version(readings) == before
    land(spark, readings, [reading(3, 60)], start=2)
    assert bronze.build(spark, readings) == {"raw": 1, "accepted": 1, "rejected": 0}
    assert rows(spark, readings, "_offset", "_batch", "_status") == [
        (0, 1, "rejected"), (0, 2, "accepted"), (1, 1, "accepted"), (2, 3, "accepted")
    ]  # fmt: skip


def test_a_bronze_run_in_between_makes_the_replay_plan_again(
    spark: SparkSession, readings: Contract, asks: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(spark, readings, asks, reading(1, 120))
    asks(readings)
    looked, plans = replay._verdicts, []

    def overtaken(judged: Any) -> list[replay.Verdicts]:
        plans.append(found := looked(judged))
        if len(plans) == 1:
            land(spark, readings, [reading(2, 60)], start=1)
            bronze.build(spark, readings)
        return found

    monkeypatch.setattr(replay, "_verdicts", overtaken)
    assert replay.replay(spark, readings)["accepted"] == 1
    assert len(plans) == 2
    assert rows(spark, readings, "_offset", "_batch", "_status") == [
        (0, 1, "rejected"), (0, 3, "accepted"), (1, 2, "accepted")
    ]  # fmt: skip


def test_a_replay_that_was_killed_behind_its_commit_is_not_done_twice(
    spark: SparkSession, readings: Contract, asks: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(spark, readings, asks, reading(1, 120))
    asks(readings)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(write, "_read_back", killed)
        replay.replay(spark, readings)
    assert replay.replay(spark, readings)["open"] == 0
    assert rows(spark, readings, "_offset", "_status") == [(0, "accepted"), (0, "rejected")]


def test_what_stays_bad_is_written_again_only_for_new_reasons_with_its_bytes(
    spark: SparkSession, readings: Contract, asks: Asks
) -> None:
    odd, broken = reading(1, 120, notes="[bold]\u0000\x1b[31m").encode(), b"\x00\xff\xfe not text"
    judge(spark, readings, asks, odd, broken, reading(3, 120))
    asks(readings, at_most("value", 100, "far too high"))
    counts = replay.replay(spark, readings)
    assert (counts["accepted"], counts["rejected"], counts["new_reasons"]) == (0, 3, 2)
    newest = commits.newest(readings, Zone.BRONZE)
    assert newest and newest.rows == {"replayed": 3, "accepted": 0, "still_rejected": 3, "written": 2}
    found = {one.offset: one for one in waiting(readings)}
    assert [(found[n].batch, found[n].reasons[-1]) for n in range(3)] == [
        (2, "is_low: far too high"), (1, "not_utf8: the bytes are not UTF-8 text"), (2, "is_low: far too high")
    ]  # fmt: skip
    assert [records.content(readings, found[n])["_payload"] for n in (0, 1)] == [odd, broken]
    assert replay.replay(spark, readings)["new_reasons"] == 0
    assert version(readings) == newest.version


def test_a_dry_run_tells_what_would_pass_and_a_rule_narrows(
    spark: SparkSession, readings: Contract, asks: Asks
) -> None:
    judge(spark, readings, asks, reading(1, 120), reading(2, 120), "broken", reading(4, 5e6))
    asks(readings, at_most("value", 110))
    before = version(readings)
    assert replay.replay(spark, readings, dry_run=True)["accepted"] == 0
    asks(readings, at_most("value", 150))
    told = replay.run([readings.address], None, dry_run=True)[readings.address]
    assert (told["open"], told["accepted"], told["rejected"], told["new_reasons"]) == (4, 2, 2, 0)
    assert told["rules"] == {
        "is_low": {"accepted": 2, "records": 2},
        "not_json": {"accepted": 0, "records": 1},
        "value_is_a_number": {"accepted": 0, "records": 1},
    }
    assert replay.replay(spark, readings, "not_json", dry_run=True)["open"] == 1
    assert version(readings) == before


def test_what_raw_no_longer_has_is_told_and_stays(spark: SparkSession, readings: Contract, asks: Asks) -> None:
    judge(spark, readings, asks, reading(1, 120), reading(2, 120))
    spark.sql(f"DELETE FROM delta.`{tables.path(readings, Zone.RAW)}` WHERE _offset = 0").collect()
    asks(readings)
    counts = replay.replay(spark, readings)
    assert (counts["open"], counts["accepted"], counts["not_in_raw"]) == (2, 1, 1)
    assert [one.offset for one in waiting(readings)] == [0]
