"""Records of the quarantine beyond one replay: discards, every format, histories, the gate, and silver."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import build as silver
from spark_jobs import commits, gate, read, write
from spark_jobs.bronze import build as bronze
from spark_jobs.halt import Halt
from spark_jobs.quarantine import discards, records, replay
from tests.spark_jobs.landed import land
from tests.spark_jobs.quarantined import Asks, at_most, judge, reading, rows, waiting
from tests.spark_jobs.test_bronze_formats import turn

PRICES, USERS = contract("market/daily_prices"), contract("app_db/users")


@pytest.fixture
def readings(own_datasets: None) -> Contract:
    return contract("tests/readings")


def land_snapshot(spark: SparkSession, of: Contract, day: int, columns: str, *found: tuple) -> None:
    """One snapshot of a table, in raw; `columns` are the table's own."""
    commit = commits.progress(of, Zone.RAW).plan(
        {"snapshot:table": {"columns": [c.split()[0] for c in columns.split(",")]}}
    )
    read_at = datetime(2025, 3, day, tzinfo=UTC)
    place = (commit.batch, read_at.date(), f"table@{read_at.isoformat()}", 0)
    content = [(*place, number, read_at, *one) for number, one in enumerate(found, start=1)]
    frame = spark.createDataFrame(content, f"{tables.ddl([*tables.RAW])}, {columns}")
    write.append(frame, of, Zone.RAW, commit, evolve=True)


def test_a_discarded_record_is_open_no_more_and_says_who_and_why(
    spark: SparkSession, readings: Contract, asks: Asks
) -> None:
    judge(spark, readings, asks, reading(1, 120), reading(2, 120), "broken")
    with pytest.raises(ValueError, match="reason"):
        discards.run(readings.address, ["0:0"], None, " ")
    assert discards.run(readings.address, ["0:0", "0:0@origin"], None, "sent by mistake") == {
        "discarded": 1,
        "before": 0,
    }
    assert discards.run(readings.address, ["0:0"], None, "another reason") == {"discarded": 0, "before": 1}
    assert discards.run(readings.address, [], "not_json", "never JSON") == {"discarded": 1, "before": 0}
    (gone,) = waiting(readings, discarded=True, rule="is_low")
    assert (gone.offset, gone.discarded_because, bool(gone.discarded_by)) == (0, "sent by mistake", True)
    assert gone.discarded_at and datetime.now(UTC) - gone.discarded_at < timedelta(minutes=5)
    asks(readings)
    assert [one.offset for one in waiting(readings)] == [1]
    assert replay.replay(spark, readings)["open"] == 1
    assert rows(spark, readings, "_offset", "_status")[-1] == (2, "rejected")


def test_every_format_is_read_from_raw_again(spark: SparkSession, own_datasets: None, asks: Asks) -> None:
    prices, turns, members = (contract(f"tests/{name}") for name in ("prices", "turns", "members"))
    asks(prices, at_most("price", 1)), asks(turns, at_most("tokens", 5)), asks(members, at_most("height_cm", 150))
    land(spark, prices, ["Oslo,2025-03-24,1.5"], header="location,date,price")
    land(spark, prices, ["2.25,2025-03-25"], header="price,date", start=10)
    land(spark, turns, [turn(), turn(schema_id=99)])
    own = "member_id string, height_cm string, joined_at string, is_active string"
    land_snapshot(spark, members, 24, own, ("m1", "181.5", "2025-01-01 00:00:00", "true"))
    for of in (prices, turns, members):
        assert bronze.build(spark, of)["accepted"] == 0
        asks(of)
    done = replay.run([prices.address, turns.address, members.address], None, dry_run=False)
    assert [count["accepted"] for count in done.values()] == [2, 1, 1]
    accepted = [read.accepted(spark, of, Zone.BRONZE).orderBy("_offset").collect() for of in (prices, turns, members)]
    assert [(row.city, str(row.price)) for row in accepted[0]] == [("Oslo", "1.50"), ("Seattle", "2.25")]
    assert [(row.event_id, row.tokens, row._offset) for row in accepted[1]] == [("e1", 7, 0)]
    assert [(row.member_id, str(row.height_cm), row._offset) for row in accepted[2]] == [("m1", "181.5", 1)]


def test_a_history_takes_a_repaired_row_into_its_own_snapshot(spark: SparkSession, lake: Path, asks: Asks) -> None:
    zones = {"column": "time_zone", "value_set": ["UTC"]}
    asks(USERS, {**at_most("birth_year", 1), "expectation": "expect_column_values_to_be_in_set", "kwargs": zones})
    own = ", ".join(f"{column.name} string" for column in USERS.columns)

    def user(name: str, zone: str) -> tuple:
        return (name, zone, *[None] * (len(USERS.columns) - 2))

    land_snapshot(spark, USERS, 24, own, user("ann", "UTC"), user("bob", "UTC"))
    land_snapshot(spark, USERS, 25, own, user("ann", "Asia/Tokyo"), user("bob", "UTC"))
    land_snapshot(spark, USERS, 26, own, user("ann", "UTC"), user("bob", "UTC"))
    bronze.build(spark, USERS)
    silver.build_history(spark, USERS)
    assert [row[:2] for row in rows(spark, USERS, "user_id", "time_zone", zone=Zone.SILVER)] == [
        ("ann", "UTC"), ("bob", "UTC")
    ]  # fmt: skip
    asks(USERS)
    assert replay.replay(spark, USERS)["accepted"] == 1
    silver.build_history(spark, USERS)
    shown = ("user_id", "time_zone", F.date_format("valid_from", "d"), F.date_format("valid_to", "d"), "_batch")
    assert rows(spark, USERS, *shown, zone=Zone.SILVER) == [
        ("ann", "Asia/Tokyo", "25", "26", 2), ("ann", "UTC", "1", "25", 1), ("ann", "UTC", "26", None, 2),
        ("bob", "UTC", "1", None, 1),
    ]  # fmt: skip
    assert silver.build_history(spark, USERS) == {"rows": 0}


def test_the_gate_counts_a_record_once_and_passes_what_was_repaired(
    spark: SparkSession, readings: Contract, asks: Asks
) -> None:
    judge(spark, readings, asks, *(reading(n, 120) for n in range(30)))
    with pytest.raises(Halt, match="accepted_share"):
        gate.run(Zone.BRONZE, [readings.address])
    asks(readings, at_most("value", 100, "other words"))
    replay.replay(spark, readings)
    with pytest.raises(Halt, match=r"rejected \(30 rows"):
        gate.run(Zone.BRONZE, [readings.address])
    asks(readings)
    replay.replay(spark, readings)
    done = gate.run(Zone.BRONZE, [readings.address])
    assert (done["gated"], done["warnings"]) == (1, 0)


def test_records_that_stay_bad_for_new_reasons_are_not_gated_again(
    spark: SparkSession, readings: Contract, asks: Asks
) -> None:
    judge(spark, readings, asks, *(reading(n, 120) for n in range(30)))
    gate.let_through(Zone.BRONZE, readings.address, "known")
    asks(readings, at_most("value", 100, "other words"))
    assert replay.replay(spark, readings)["new_reasons"] == 30
    assert gate.run(Zone.BRONZE, [readings.address])["gated"] == 0


def test_a_date_beyond_all_calendars_can_be_shown(spark: SparkSession, readings: Contract) -> None:
    land(
        spark,
        readings,
        [reading(n, 1, measured_at=f"{year}-12-31T00:00:00Z") for n, year in enumerate(("0001", "9999"))],
    )
    bronze.build(spark, readings)
    shown = [records.content(readings, one)["measured_at"].year for one in waiting(readings, rule="impossible_date")]
    assert shown == [1, 9999]


def test_a_rejected_silver_row_is_found_by_its_date(spark: SparkSession, lake: Path) -> None:
    land(spark, PRICES, ["S1,2025-03-24,1,2,1,1,-5,USD"], header="symbol,date,open,high,low,close,volume,currency")
    bronze.build(spark, PRICES)
    silver.build_dates(spark, PRICES, Zone.SILVER, None)
    (found,) = waiting(PRICES, Zone.SILVER)
    assert (found.event_date, found.reasons) == (
        date(2025, 3, 24), ("volume_is_not_negative: fewer than zero shares traded",)
    )  # fmt: skip
    assert records.named(PRICES, found.id) == found
    assert records.content(PRICES, found)["volume"] == -5
    with pytest.raises(ValueError, match="silver"):
        discards.run(PRICES.address, [found.id], None, "why")
