"""CSV, log lines, Avro and database rows become typed rows under the same rules as JSON."""

from datetime import UTC, date, datetime
from decimal import Decimal

from pyspark.sql import SparkSession

from lake_layout.contracts import contract
from tests.spark_jobs.landed import bronze, land, turn


def test_csv_lines_are_read_by_the_header_of_their_own_file(spark: SparkSession, own_datasets: None) -> None:
    prices = contract("tests/prices")
    land(spark, prices, ["Oslo,2025-03-24,1.5", '"Bergen, Vest",2025-03-24,'], header="location,date,price")
    land(spark, prices, ["2.25,2025-03-25"], header="price,date", start=10)
    rows = bronze(spark, prices)
    assert [(row.city, row.priced_on, row.price, row._status) for row in rows] == [
        ("Oslo", date(2025, 3, 24), Decimal("1.50"), "accepted"),
        ("Bergen, Vest", date(2025, 3, 24), None, "accepted"),
        ("Seattle", date(2025, 3, 25), Decimal("2.25"), "accepted"),
    ]


def test_a_csv_file_that_lost_a_column_is_rejected_line_by_line(spark: SparkSession, own_datasets: None) -> None:
    prices = contract("tests/prices")
    land(spark, prices, ["Oslo,2025-03-24"], header="city,date")
    land(spark, prices, ["Oslo,2025-03-24,1,2", "Oslo,2025-3-24,1"], header="city,date,price", start=10)
    assert [row["_reasons"] for row in bronze(spark, prices)] == [
        ["missing_column: the file has no price"],
        ["not_csv: the line does not fit its file's header"],
        ["cannot_type: priced_on is not date: 2025-3-24"],
    ]


def test_log_lines_are_json_or_plain(spark: SparkSession, own_datasets: None) -> None:
    lines = contract("tests/lines")
    plain = "2025-03-24T07:15:03.123Z INFO api"
    land(spark, lines, [
        f"{plain} request_id=3f2a91c0 duration_ms=12.345 GET /v1/me 200",
        f"{plain} ready",
        '{"logged_at": "2025-03-24T07:15:03.123Z", "level": "WARN", "service": "worker", "message": "slow {1}"}',
        "Traceback (most recent call last):",
        f"{plain} {'a=b ' * 20_000}ready",
    ])  # fmt: skip
    found = [(row.level, row.service, row.message, row.request_id, row.duration_ms) for row in bronze(spark, lines)]
    assert found == [
        ("INFO", "api", "GET /v1/me 200", "3f2a91c0", Decimal("12.345")),
        ("INFO", "api", "ready", None, None),
        ("WARN", "worker", "slow {1}", None, None),
        (None, None, None, None, None),
        ("INFO", "api", "ready", None, None),
    ]
    assert bronze(spark, lines)[3]["_reasons"] == [
        "not_log: the line is neither a JSON object nor `<time> <LEVEL> <service> …`"
    ]


def test_avro_is_read_by_the_schema_that_the_message_names(spark: SparkSession, own_datasets: None) -> None:
    turns = contract("tests/turns")
    land(spark, turns, [turn(), turn(schema_id=99), turn(magic=b"\x01"), turn()[:9], b"", None, turn(tokens=None)])
    rows = bronze(spark, turns)
    assert (rows[0].event_id, rows[0].tokens, rows[0].occurred_offset_minutes, rows[0].mood) == ("e1", 7, 120, None)
    assert rows[0].occurred_at.astimezone(UTC) == datetime(2025, 3, 24, 8, tzinfo=UTC)
    assert rows[6].tokens is None
    unframed = ["not_avro: no magic byte and schema id of the Confluent wire format"]
    assert [row["_reasons"] for row in rows] == [
        [],
        ["unknown_schema: id 99"],
        unframed,
        ["not_avro: body is not of schema 1"],
        unframed,
        ["tombstone: the record has no value"],
        [],
    ]
