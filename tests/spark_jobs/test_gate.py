"""The gate looks at what it has not seen, remembers how far it got, and halts what is bad until somebody looks."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.services
READINGS = contract("wearables/heart_rate_readings")
MONDAY, TUESDAY = date(2025, 3, 24), date(2025, 3, 25)


def _reading(day: date, minute: int, **changes: Any) -> dict[str, Any]:
    measured_at = datetime(day.year, day.month, day.day, 8, minute, tzinfo=UTC)
    row = {"event_date": day, "user_id": "u", "device_id": "d", "measured_at": measured_at, "heart_rate_bpm": 60}
    return {**row, "_status": tables.ACCEPTED, **changes}


def _write(spark: "SparkSession", day: date, rows: list[dict[str, Any]]) -> None:
    from spark_jobs import commits, write

    columns = tables.columns(READINGS, Zone.SILVER)
    frame = spark.createDataFrame([tuple(row.get(c.name) for c in columns) for row in rows], tables.ddl(columns))
    write.replace_dates(frame, READINGS, Zone.SILVER, [day], commits.progress(READINGS, Zone.SILVER).plan({}, [day]))


def _gate() -> dict[str, object]:
    from spark_jobs import gate

    return gate.run(Zone.SILVER, [READINGS.address])


def test_a_batch_is_gated_once(spark: "SparkSession", lake: Path) -> None:
    assert _gate()["gated"] == 0
    _write(spark, MONDAY, [_reading(MONDAY, 1)])
    assert _gate()["gated"] == 1
    assert _gate()["gated"] == 0


def test_a_bad_batch_halts_again_and_again_until_it_is_repaired(spark: "SparkSession", lake: Path) -> None:
    from spark_jobs.halt import Halt

    _write(spark, MONDAY, [_reading(MONDAY, 1)])
    _gate()
    _write(spark, TUESDAY, [_reading(TUESDAY, 1), _reading(TUESDAY, 1, user_id="other")])
    for _ in range(2):
        with pytest.raises(Halt, match="keys_are_unique: two rows with the same device_id, measured_at .1 rows"):
            _gate()
    _write(spark, TUESDAY, [_reading(TUESDAY, 1)])
    assert _gate()["gated"] == 1


def test_a_person_may_let_a_halted_batch_through(spark: "SparkSession", lake: Path) -> None:
    from spark_jobs import gate
    from spark_jobs.halt import Halt

    _write(spark, MONDAY, [_reading(MONDAY, 1), _reading(MONDAY, 1)])
    with pytest.raises(Halt, match="--let-through"):
        _gate()
    gate.let_through(Zone.SILVER, READINGS.address, "the same reading twice, known to the maker")
    assert _gate()["gated"] == 0


def test_a_warning_is_counted_and_lets_the_batch_pass(spark: "SparkSession", lake: Path) -> None:
    _write(spark, MONDAY, [_reading(MONDAY, minute, user_id=None) for minute in range(5)])
    summary = _gate()
    assert (summary["gated"], summary["warnings"]) == (1, 1)
    assert _gate()["gated"] == 0


def test_a_few_rejected_rows_of_a_quiet_day_do_not_halt(spark: "SparkSession", lake: Path) -> None:
    rejected = {"heart_rate_bpm": 900, "_status": tables.REJECTED}
    _write(spark, MONDAY, [_reading(MONDAY, 1), *(_reading(MONDAY, minute, **rejected) for minute in range(2, 21))])
    assert _gate()["warnings"] == 1


def test_many_rejected_rows_halt(spark: "SparkSession", lake: Path) -> None:
    from spark_jobs.halt import Halt

    rejected = {"heart_rate_bpm": 900, "_status": tables.REJECTED}
    _write(spark, MONDAY, [_reading(MONDAY, 1), *(_reading(MONDAY, minute, **rejected) for minute in range(2, 22))])
    with pytest.raises(Halt, match="accepted_share: more than 20% of the rows were rejected .20 rows"):
        _gate()


def test_the_data_docs_tell_what_happened(
    spark: "SparkSession", lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spark_jobs import data_docs

    # Other tests leave results of Great Expectations in the home that all share.
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    profile.cache_clear()
    _write(spark, MONDAY, [_reading(MONDAY, 1)])
    _write(spark, TUESDAY, [_reading(TUESDAY, 1), _reading(TUESDAY, 1)])
    summary = data_docs.run()
    assert summary["tables"] == 1
    page = Path(str(summary["page"]))
    assert "silver.wearables.heart_rate_readings" in page.read_text()
    assert len(list((page.parent / "validations").rglob("*.html"))) == 1
    [file] = (profile().home / "great_expectations" / "validations").rglob("*.json")
    results = json.loads(file.read_text())["results"]
    broken = {one["expectation_config"]["meta"]["rule"] for one in results if not one["success"]}
    assert broken == {"keys_are_unique"}
