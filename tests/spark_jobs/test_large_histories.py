"""A history above the limit is sorted and not sent to each task, and says the same."""

import pytest

from lake_layout.contracts import Zone, contract
from spark_jobs import compute, sizing
from spark_jobs.affected_dates import every
from spark_jobs.commits import progress
from tests.spark_jobs.test_build import METRICS, MONDAY, READINGS, TUESDAY, heart_rate, owner


@pytest.fixture
def without_guesses(spark):
    """Spark itself sends what it thinks is small to each task: not now."""
    name = "spark.sql.autoBroadcastJoinThreshold"
    before = spark.conf.get(name)
    spark.conf.set(name, "-1")
    yield
    spark.conf.set(name, before)


def sent_whole(spark, capsys) -> int:
    """How many inputs of joins go to each task whole."""
    of = contract(READINGS)
    pins = compute.input_pins(of, progress(of, Zone.SILVER))
    capsys.readouterr()
    compute.computed(spark, of, Zone.SILVER, pins, every(MONDAY, TUESDAY)).explain()
    return capsys.readouterr().out.count("BroadcastHashJoin")


@pytest.mark.usefixtures("without_guesses")
def test_owners_and_time_zones_of_any_number_are_found(spark, land, silver, rows_of, monkeypatch, capsys):
    moved = {"_logged_at": "2025-03-24", "_event_date": "2025-03-24", "user_id": "ann"}
    land("app_db/users", {**moved, "time_zone": "Asia/Tokyo"})
    land("app_db/devices", owner("2025-03-24", "ann"), owner("2025-03-24", "bob", device_id="other"))
    land(
        METRICS,
        heart_rate("2025-03-24 20:00:00", 61, measured_offset_minutes=None),
        heart_rate("2025-03-24 21:00:00", 62, device_id="other"),
        heart_rate("2025-03-24 22:00:00", 63, device_id="nobody's"),
    )
    silver("app_db/users")
    silver("app_db/devices")
    with monkeypatch.context() as now:
        now.setattr(sizing, "BROADCAST_ROWS", 0)
        sorted_ = sent_whole(spark, capsys)
        silver(READINGS)
    shown = ("event_date", "user_id", "utc_offset_minutes", "heart_rate_bpm")
    found = rows_of(READINGS, *shown)
    assert found == [("2025-03-24", "bob", 0, 62), ("2025-03-24", None, 0, 63), ("2025-03-25", "ann", 540, 61)]
    assert sent_whole(spark, capsys) == sorted_ + 2
    silver(READINGS, MONDAY, TUESDAY)
    assert rows_of(READINGS, *shown) == found
