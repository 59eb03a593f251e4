"""What the proof looks at and in which words it tells; that it finds what is wrong is `faults/test_seeded_bugs.py`."""

from datetime import date

import pytest
from pyspark.sql import functions as F

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from spark_jobs import affected_dates, build, commits, write
from spark_jobs.bronze import build as bronze
from spark_jobs.halt import Halt
from spark_jobs.verify import keys, recomputed, scope, zones
from spark_jobs.verify.findings import Finding, Verdict
from spark_jobs.verify.run import require_good
from spark_jobs.verify.scope import Scope
from tests.spark_jobs import landed

METRICS, READINGS = contract("wearables/health_metrics"), contract("wearables/heart_rate_readings")
MONDAY, TUESDAY = (date(2025, 3, day) for day in (24, 25))


def said(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.verdict.value, one.words) for one in found]


def damage(spark, of, zone: Zone, statement: str) -> None:
    """Change rows behind the jobs' back: `{}` in the statement is the table."""
    spark.sql(statement.format(f"delta.`{tables.path(of, zone)}`"))


class TestRawIsBronzeAndQuarantine:
    EVENT = '{"reading_id": "r%d", "measured_at": "2025-03-24T07:15:03Z", "value": 1}'

    @pytest.fixture
    def readings(self, spark, own_datasets):
        of = contract("tests/readings")
        landed.land(spark, of, [*(self.EVENT % n for n in range(8)), "no json", b"\xff\x00"])
        bronze.build(spark, of)
        return of

    def test_a_sound_table_is_good_and_says_what_is_rejected(self, spark, readings):
        assert said(zones.check(spark, readings)) == [("good", "10 rows, of them 2 rejected")]

    def test_raw_that_bronze_has_not_read_is_waiting_not_lost(self, spark, readings):
        landed.land(spark, readings, [self.EVENT % 9], start=10)
        words = "1 raw batches wait for bronze: run `lake run daily_etl`"
        assert said(zones.check(spark, readings))[1:] == [("warning", words)]

    def test_a_rejected_record_that_was_accepted_later_is_one_record(self, spark, readings):
        damage(spark, readings, Zone.BRONZE, "INSERT INTO {0} SELECT * FROM {0} WHERE _offset = 8")
        damage(spark, readings, Zone.BRONZE, "UPDATE {0} SET _batch = 2 WHERE _offset = 8")
        assert said(zones.check(spark, readings)) == [("good", "10 rows, of them 2 rejected")]

    def test_a_look_at_what_is_recent_does_not_go_back_further(self, spark, readings, monkeypatch):
        monkeypatch.setattr(scope, "_COMMITS", 1)
        landed.land(spark, readings, [self.EVENT % 9, self.EVENT % 10], start=10)
        bronze.build(spark, readings)
        assert said(zones.check(spark, readings, Scope.RECENT)) == [("good", "2 rows, of them 0 rejected")]
        damage(spark, readings, Zone.BRONZE, "DELETE FROM {0} WHERE _offset = 3")
        assert said(zones.check(spark, readings, Scope.RECENT)) == [("good", "2 rows, of them 0 rejected")]
        assert said(zones.check(spark, readings)) == [("wrong", "origin partition 0: 12 in raw, 11 in bronze")]
        damage(spark, readings, Zone.BRONZE, "DELETE FROM {0} WHERE _offset = 11")
        words = "origin partition 0: 2 in raw, 1 in bronze"
        assert said(zones.check(spark, readings, Scope.RECENT)) == [("wrong", words)]


@pytest.fixture
def land(spark, lake, table):
    def append(*rows: dict, address: str = METRICS.address) -> None:
        of = contract(address)
        commit = commits.progress(of, Zone.BRONZE).plan({})
        frame = table(address, Zone.BRONZE, [{**row, "_batch": commit.batch} for row in rows])
        write.append(frame, of, Zone.BRONZE, commit)

    return append


def heart_rate(at: str, bpm: float = 60, **changes) -> dict:
    return {
        "event_id": at, "device_id": "watch", "metric_type": "heart_rate", "value": bpm, "unit": "bpm",
        "measured_at": at, "measured_offset_minutes": 0, "_event_date": at[:10], "sent_at": at, **changes,
    }  # fmt: skip


@pytest.fixture
def week(spark, land):
    """A reading each day from Monday to Wednesday, in silver."""
    land(*(heart_rate(f"2025-03-{day} 10:00:00") for day in (24, 25, 26)))
    build.build_dates(spark, READINGS, Zone.SILVER, None)


def keys_of(spark) -> list[tuple[str, str]]:
    return said(keys.check(spark, READINGS, Zone.SILVER))


def again(spark, span=None, sample: int = 3) -> list[tuple[str, str]]:
    return said(recomputed.check(spark, READINGS, Zone.SILVER, recomputed.Sample(sample, 1, span)))


def test_a_key_with_two_rows_is_found_across_dates_with_the_command_that_rebuilds_them(spark, week):
    assert keys_of(spark) == [("good", "device_id, measured_at: unique")]
    same = "UPDATE {0} SET measured_at = TIMESTAMP'2025-03-25 10:00:00' WHERE event_date = DATE'2025-03-26'"
    damage(spark, READINGS, Zone.SILVER, same)
    assert keys_of(spark) == [
        (
            "wrong",
            "1 keys have several rows: measured_at=2025-03-25 10:00:00; "
            "rebuild their dates: lake run daily_etl --from 2025-03-25 --to 2025-03-26",
        )
    ]


def test_dates_computed_again_give_the_same_rows(spark, week):
    assert again(spark) == [("good", "2025-03-24, 2025-03-25, 2025-03-26: the same rows")]
    assert again(spark, span=(MONDAY, TUESDAY)) == [("good", "2025-03-24, 2025-03-25: the same rows")]


def test_a_date_that_the_next_run_rebuilds_is_left_out(spark, week, land):
    land(heart_rate("2025-03-26 10:05:00"))
    assert again(spark) == [("good", "2025-03-24: the same rows")]


def test_rows_that_came_too_late_are_waiting_for_a_ranged_run_which_is_named(spark, week, land):
    land(heart_rate("2025-03-25 10:05:00", sent_at="2025-06-01 00:00:00"))
    assert again(spark)[1] == (
        "warning",
        "2025-03-25: 1 rows missing, 0 that should not be: rows that came too late wait for "
        "`lake run daily_etl --from 2025-03-25 --to 2025-03-25`",
    )
    build.build_dates(spark, READINGS, Zone.SILVER, (TUESDAY, TUESDAY))
    assert again(spark) == [("good", "2025-03-24, 2025-03-25, 2025-03-26: the same rows")]


def test_the_newest_date_is_always_looked_at_and_a_seed_takes_the_same_others():
    days = set(affected_dates.every(date(2025, 1, 1), date(2025, 3, 31)))
    first = recomputed.sampled(days, 3, "1 a")
    assert first[-1] == date(2025, 3, 31) and len(set(first)) == 3
    assert recomputed.sampled(days, 3, "1 a") == first != recomputed.sampled(days, 3, "2 a")


def test_one_wrong_finding_halts_with_its_words():
    good = Finding("keys", "a/b", Verdict.GOOD, "unique")
    assert require_good([good]) == {"good": 1, "warning": 0, "wrong": 0}
    with pytest.raises(Halt, match="keys: a/b: two rows"):
        require_good([good, Finding("keys", "a/b", Verdict.WRONG, "two rows")])


@pytest.mark.parametrize(
    ("held", "again"),
    [
        ([(1, None)], [(None, 1)]),
        ([(1, 1), (1, 1), (2, 2)], [(1, 1), (2, 2), (2, 2)]),
        ([(1, 2), (3, 4)], [(1, 4), (3, 2)]),
        ([(1, 1)], [(1, 1), (1, 1)]),
    ],
    ids=["a null in another column", "another row twice", "values of each other's", "a row more"],
)
def test_rows_that_are_alike_are_told_apart(spark, held, again):
    def frame(rows):
        return spark.createDataFrame(rows, "a int, b int").withColumn("day", F.lit(date(2025, 3, 1)))

    columns = ["day", "a", "b"]
    assert recomputed._difference(frame(held), frame(held[::-1]), columns, "day") == {}
    assert recomputed._difference(frame(held), frame(again), columns, "day").keys() == {date(2025, 3, 1)}
