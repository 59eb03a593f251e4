"""Poison in a topic: every message lands once with its bytes, is accepted or rejected in words, and stops no other."""

from collections import Counter
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaException
from poison import GOOD, MEGA, Message, event, of_avro, of_our_own, of_suite
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.bronze import build
from tests.landing_stack import NOTHING, land, produce

SUITE = profile().shared_data / "json_test_suite"
GOOD_EVENTS = [Message(f"good event {number}", event(notes=f'"{number}"'), GOOD) for number in range(100)]


def held(of: Contract, zone: Zone, *columns: str) -> dict[tuple[int, int], dict]:
    """Rows of a table by partition and offset, each of which is there once."""
    table = storage.open_table(tables.path(of, zone))
    assert table is not None
    rows = table.to_pyarrow_table(columns=["_partition", "_offset", *columns]).to_pylist()
    found = {(row["_partition"], row["_offset"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def bring_in(spark: SparkSession, of: Contract, messages: list[Message]) -> list[str]:
    """Send all, land them, type them; returns in words what became of a message otherwise than it should."""
    places = produce(
        of, [message.value for message in messages], key=b"\xff\x00", headers=[("h", None), ("h", b"\xff")]
    )
    assert land(spark, of) == {"batches": 1, "rows": len(messages)}
    assert land(spark, of) == NOTHING
    raw = held(of, Zone.RAW, "_value", "_key")
    assert {place: row["_value"] for place, row in raw.items()} == {
        place: message.value for place, message in zip(places, messages, strict=True)
    }
    assert {row["_key"] for row in raw.values()} == {b"\xff\x00"}
    counts = build.build(spark, of)
    assert (counts["raw"], counts["accepted"] + counts["rejected"]) == (len(messages), len(messages))
    judged = held(of, Zone.BRONZE, "_status", "_reasons", "_payload")
    return [words for place, message in zip(places, messages, strict=True) if (words := wrong(message, judged[place]))]


def wrong(message: Message, row: dict) -> str:
    """What is wrong about the row that a message became; nothing where it is right."""
    status, reasons = row["_status"], row["_reasons"]
    told = f"{message.name}: {status} {reasons}"
    if status == tables.ACCEPTED:
        return "" if message.fate in (GOOD, None) and not reasons and row["_payload"] is None else told
    if row["_payload"] != message.value:
        return f"{told}: other bytes"
    if message.fate is None:
        return "" if reasons and all(reasons) else told
    return "" if message.fate != GOOD and any(reason.startswith(message.fate) for reason in reasons) else told


@pytest.mark.skipif(not SUITE.is_dir(), reason=f"no JSON test suite in {SUITE}")
def test_every_document_of_the_json_test_suite_is_judged_right_wherever_it_stands(
    connected: SparkSession, readings: Contract
) -> None:
    files = sorted(SUITE.glob("[yni]_*.json"))
    assert Counter(file.name[0] for file in files) == {"y": 95, "n": 188}
    assert bring_in(connected, readings, [*of_suite(files), *GOOD_EVENTS]) == []


def test_depth_size_and_numbers_beyond_all_measure_stop_nobody(connected: SparkSession, readings: Contract) -> None:
    assert bring_in(connected, readings, [*of_our_own(), *GOOD_EVENTS]) == []


def test_avro_that_is_not_what_it_says_stops_nobody(
    connected: SparkSession, on_its_own_topic: Callable[[str], Contract]
) -> None:
    # The schema is found by the name of the topic, which is therefore the contract's own.
    assert bring_in(connected, on_its_own_topic("tests/turns"), of_avro()) == []


def test_a_message_above_10_mb_is_refused_to_its_sender(connected: SparkSession, readings: Contract) -> None:
    with pytest.raises(KafkaException, match="Message size too large"):
        produce(readings, [b"x" * 11 * MEGA])
    assert land(connected, readings) == NOTHING
