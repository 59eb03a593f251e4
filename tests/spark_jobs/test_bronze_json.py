"""JSON events become typed rows, or go to quarantine with a reason; none is lost."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import read, storage
from spark_jobs.bronze import build, json_text
from spark_jobs.bronze.rows import bronze_rows
from tests.spark_jobs.landed import LANDED_AT, bronze, land, reasons

GOOD = '{"reading_id": "r1", "measured_at": "2025-03-24T07:15:03.5+01:00", "value": 70.5, "heart_rate_bpm": 70}'


@pytest.fixture
def readings(own_datasets: None) -> Contract:
    return contract("tests/readings")


@pytest.fixture
def anything(own_datasets: None) -> Contract:
    return contract("tests/anything")


def reading(**fields: str) -> str:
    """A good reading with some fields replaced by JSON text."""
    whole = {"reading_id": '"r1"', "measured_at": '"2025-03-24T07:15:03Z"', **fields}
    return "{" + ", ".join(f'"{name}": {value}' for name, value in whole.items()) + "}"


def test_a_good_event_is_typed_and_keeps_its_offset(spark: SparkSession, readings: Contract) -> None:
    land(spark, readings, [GOOD])
    (row,) = bronze(spark, readings)
    assert row.measured_at.astimezone(UTC) == datetime(2025, 3, 24, 6, 15, 3, 500_000, tzinfo=UTC)
    assert (row.reading_id, row.measured_offset_minutes, row.value, row.heart_rate_bpm) == ("r1", 60, 70.5, 70)
    assert (row._status, row._reasons, row._payload, row._event_date) == ("accepted", [], None, date(2025, 3, 24))
    assert (row._origin, row._partition, row._offset, row._is_late) == ("origin", 0, 0, False)


def test_a_text_is_parsed_once_for_all_its_fields(
    spark: SparkSession, readings: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    land(spark, readings, [GOOD])
    raw = read.table(spark, readings, Zone.RAW)
    bronze_rows(json_text.decode(raw, readings, ()), readings, 1).explain()
    assert capsys.readouterr().out.count("from_json(Array") == 1


def test_files_of_raw_and_bronze_can_be_skipped_by_batch_and_position_alone(
    spark: SparkSession, readings: Contract
) -> None:
    land(spark, readings, [GOOD])
    bronze(spark, readings)
    for zone in (Zone.RAW, Zone.BRONZE):
        table = storage.open_table(tables.path(readings, zone))
        assert table
        (file,) = pa.table(table.get_add_actions()).to_pylist()
        assert file["min"] == {"_batch": 1, "_partition": 0, "_offset": 0, "_logged_at": LANDED_AT}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+00:00", 0), ("-00:00", None), ("Z", None), ("", None), ("-03:30", -210), ("+14:00", 840), ("-19:30", -1170)],
)
def test_an_offset_is_known_only_if_the_source_knew_it(
    spark: SparkSession, readings: Contract, text: str, minutes: int | None
) -> None:
    land(spark, readings, [reading(measured_at=f'"2025-03-24T07:15:03.123456789{text}"')])
    (row,) = bronze(spark, readings)
    assert (row._status, row.measured_offset_minutes) == ("accepted", minutes)
    wall_clock = datetime(2025, 3, 24, 7, 15, 3, 123_456, tzinfo=UTC)
    assert row.measured_at.astimezone(UTC) == wall_clock - timedelta(minutes=minutes or 0)


def test_what_cannot_be_typed_says_which_column_and_why(spark: SparkSession, readings: Contract) -> None:
    texts = {
        reading(value='"fast"'): ["cannot_type: value is not double: fast"],
        reading(value='"NaN"'): ["cannot_type: value is not double: NaN"],
        reading(value='"1d"'): ["cannot_type: value is not double: 1d"],
        reading(value="1e400"): ['cannot_type: value is not double: "Infinity"'],
        reading(heart_rate_bpm="99999999999"): ["cannot_type: heart_rate_bpm is not int: 99999999999"],
        reading(heart_rate_bpm="70.5"): ["cannot_type: heart_rate_bpm is not int: 70.5"],
        reading(heart_rate_bpm="[70]"): ["cannot_type: heart_rate_bpm is not int: [70]"],
        reading(measured_at='"yesterday"'): ["cannot_type: measured_at is not timestamp: yesterday"],
        reading(measured_at='"2025"'): ["cannot_type: measured_at is not timestamp: 2025"],
        reading(measured_at='"2025-02-30T00:00:00Z"'): [
            "cannot_type: measured_at is not timestamp: 2025-02-30T00:00:00Z"
        ],
        reading(measured_at='"2025-03-24T07:15:03+24:00"'): [
            "cannot_type: measured_at is not timestamp: 2025-03-24T07:15:03+24:00"
        ],
        reading(measured_at="1742800503"): ["cannot_type: measured_at is not timestamp: 1742800503"],
        reading(measured_at="null", reading_id='" "'): ["missing: reading_id", "missing: measured_at"],
        reading(reading_id='{"id": 1}'): ["cannot_type: reading_id is not string: it is an object or a list"],
        reading(notes='"a\\u0000b"'): ["cannot_type: notes is not string"],
        reading(measured_at='"9999-12-31T23:59:59Z"'): [
            "impossible_date: measured_at is before 1980-01-01 or more than 2 days ahead: 9999-12-31"
        ],
        reading(measured_at='"0001-01-01T00:00:00Z"'): [
            "impossible_date: measured_at is before 1980-01-01 or more than 2 days ahead: 0001-01-01"
        ],
        reading(value="2e6"): ["value_is_a_number: a value nobody measures"],
        reading(notes='"[a list in words]"'): [],
    }
    assert reasons(spark, readings, *texts) == list(texts.values())
    days = {row._event_date for row in read.table(spark, readings, Zone.BRONZE).collect()}
    assert days == {date(2025, 3, 24), date(2025, 3, 26)}


def test_what_is_not_one_json_object_is_refused(spark: SparkSession, anything: Contract) -> None:
    not_json, not_utf8 = ["not_json: the text is not one JSON object"], ["not_utf8: the bytes are not UTF-8 text"]
    broken = ["", "null", "5", "[]", '[{"a": 1}]', '{"a": 1} x', '{"a": 1}}', '{"a": 1}{"a": 2}', '{"a": 1},{"a": 2}']
    broken += ['{"a": 1}]', '{"a": 1}], [{"a": 1}', "]", "{'a': 1}", '{"a": NaN}', '{"a": 01}', "{a: 1}", '{"a": "\t"}']
    broken += ['{"a": 1', '{"a": "' + "x" * 10, '{"a": ' + "9" * 2000 + "}", '{"a":' * 100_000, '{"a": "b"}/**/']
    found = reasons(spark, anything, *broken, b'{"a": "\xff"}', b'{"a": "\x00"}', None)
    assert found[: len(broken)] == [not_json] * len(broken)
    assert found[len(broken) :] == [not_utf8, not_json, ["tombstone: the record has no value"]]


def test_a_rejected_row_keeps_its_payload_and_position(spark: SparkSession, readings: Contract) -> None:
    land(spark, readings, [GOOD, b"\xff\x00 not text"], start=41)
    good, bad = bronze(spark, readings)
    assert (bad._status, bytes(bad._payload), bad._offset, bad._event_date) == (
        "rejected", b"\xff\x00 not text", 42, date(2025, 3, 26)
    )  # fmt: skip
    assert good._status == "accepted"


def test_an_event_sent_over_an_hour_later_is_late(spark: SparkSession, readings: Contract) -> None:
    land(spark, readings, [reading(sent_at=f'"2025-03-24T08:15:0{second}Z"') for second in (3, 4)])
    assert [row._is_late for row in bronze(spark, readings)] == [False, True]


def test_a_rerun_adds_nothing_and_new_batches_come_in_one_commit(spark: SparkSession, readings: Contract) -> None:
    land(spark, readings, [GOOD, "bad"])
    assert build.build(spark, readings) == {"raw": 2, "accepted": 1, "rejected": 1}
    assert build.build(spark, readings) == {"raw": 0, "accepted": 0, "rejected": 0}
    land(spark, readings, [GOOD], start=2)
    land(spark, readings, [GOOD], start=3)
    assert build.build(spark, readings) == {"raw": 2, "accepted": 2, "rejected": 0}
    assert sorted((row._batch, row._offset) for row in read.table(spark, readings, Zone.BRONZE).collect()) == [
        (1, 0), (1, 1), (2, 2), (2, 3)
    ]  # fmt: skip
