"""A backfill is computed aside, told before it is published, and never overwrites what is fresher."""

import shutil
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from expectations import rules
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.profile import profile
from spark_jobs import build, commits, read, write
from spark_jobs.affected_dates import every
from spark_jobs.backfill import life, log, stage, suggest
from spark_jobs.backfill.log import Backfill, State
from spark_jobs.backfill.reach import reached
from spark_jobs.halt import Halt
from tests.own_profile import using
from tests.spark_jobs.small_tables import frame_of
from tests.spark_jobs.test_build import heart_rate, owner

METRICS, READINGS = contract("wearables/health_metrics"), contract("wearables/heart_rate_readings")
DEVICES, WINDOWS = contract("app_db/devices"), contract("health/heart_rate_1m")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = every(date(2025, 3, 24), date(2025, 3, 27))
# Of Tuesday, and sent so late that no normal run takes it.
TOO_LATE = heart_rate("2025-03-25 10:05:00", 90, sent_at="2025-06-01 00:00:00")
Land = Callable[..., None]
TABLES = ((READINGS, Zone.SILVER), (WINDOWS, Zone.GOLD))


@pytest.fixture
def land(spark: SparkSession, lake: Path, table) -> Land:
    """land(rows): one more batch of metrics."""
    return lambda *rows: _land(table, METRICS, rows)


def _land(table: Land, of: Contract, rows: Sequence[dict]) -> None:
    commit = commits.progress(of, Zone.BRONZE).plan({})
    landed = table(of.address, Zone.BRONZE, [{**row, "_batch": commit.batch} for row in rows])
    write.append(landed, of, Zone.BRONZE, commit)


@pytest.fixture(scope="module")
def filled(
    spark_environment: dict[str, str], _spark_session: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Monday to Thursday are in gold, and a row of Tuesday waits that came too late."""
    folder, table = tmp_path_factory.mktemp("filled") / "lake", partial(frame_of, _spark_session)
    with using({**spark_environment, "LAKE_LAKE__ROOT": f"file:{folder}"}):
        _land(table, DEVICES, [owner("2025-03-20", "ann")])
        build.build_history(_spark_session, DEVICES)
        _land(table, METRICS, [heart_rate(f"2025-03-{day} 10:00:00") for day in (24, 25, 26, 27)])
        normal_run()
        _land(table, METRICS, [TOO_LATE])
    return folder


@pytest.fixture
def days(filled: Path, lake: Path, land: Land) -> Land:
    """The same, of this test alone."""
    shutil.copytree(filled, lake)
    return land


def normal_run(backfill: int | None = None) -> dict[str, dict[str, int]]:
    """Address → what was done, of a run of silver and gold that may publish a backfill."""
    done = {}
    for of, zone in TABLES:
        staged = life.to_publish(backfill, zone) if backfill else {}
        chosen = {of.address: staged[of.address]} if backfill else {}
        done |= build.run(zone, [of.address], staged=chosen)
    return done


def staged(first: date = MONDAY, last: date = WEDNESDAY, run: str = "run") -> Backfill:
    """A backfill of these dates of metrics, as far as heart rates go, staged and compared."""
    tables = [one for one in reached(METRICS.address, first, last) if one.of in (READINGS, WINDOWS)]
    begun = log.begin(run, METRICS.address, first, last, tables, None, None)
    for zone in (Zone.SILVER, Zone.GOLD):
        stage.run(zone, begun)
    # A task that is tried again leaves what is there.
    own = begun.tables[0].commit()
    stage.run(Zone.SILVER, begun)
    assert begun.tables[0].commit() == own
    life.step(run, "compare")
    return log.get(begun.backfill_id)


def held(spark: SparkSession) -> list[tuple]:
    readings = read.accepted(spark, READINGS, Zone.SILVER).selectExpr("string(measured_at)", "heart_rate_bpm")
    windows = read.table(spark, WINDOWS, Zone.GOLD).selectExpr("string(window_start_at)", "int(sum_bpm)")
    return sorted(tuple(row) for row in readings.unionAll(windows).collect())


def rebuilt(spark: SparkSession) -> list[tuple]:
    """What a rebuild of all dates gives, beyond any doubt."""
    span = MONDAY - timedelta(days=3), THURSDAY + timedelta(days=3)
    build.build_dates(spark, READINGS, Zone.SILVER, span)
    build.build_dates(spark, WINDOWS, Zone.GOLD, span)
    return held(spark)


def folder_of(backfill: Backfill) -> Path:
    return Path(backfill.tables[0].root.removeprefix("file:"))


def own_commits(backfill: Backfill) -> list[int]:
    """How many commits of each table came from the backfill."""
    found = (commits.since(one.of, one.zone, 0) or [] for one in backfill.tables)
    return [
        sum(commit.run.startswith(one.run) for commit in of) for one, of in zip(backfill.tables, found, strict=True)
    ]


def test_a_backfill_is_told_while_nobody_reads_it_and_published_once(
    spark: SparkSession, days: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggest, "contracts", lambda: {of.address: of for of in (METRICS, READINGS)})
    [waiting] = suggest.run()
    assert waiting.command == f"lake backfill run {METRICS.address} --from {TUESDAY} --to {TUESDAY}"
    assert waiting.rows == 1

    before, versions = held(spark), [commits.newest(of, zone) for of, zone in TABLES]
    backfill = staged()
    told = {(one.dataset, one.day): (one.added, one.removed, one.changed, one.same) for one in backfill.changes}
    same = {(of.address, day): (0, 0, 0, 1) for of, _ in TABLES for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)}
    assert told == {**same, (READINGS.address, TUESDAY): (1, 0, 0, 1), (WINDOWS.address, TUESDAY): (1, 0, 0, 1)}
    shifts = {(one.dataset, one.column): (one.before, one.after) for one in backfill.shifts}
    assert shifts[READINGS.address, "heart_rate_bpm"] == (60.0, 150.0)
    # Gold read the row that was held: from what is staged, not from silver as it stands.
    assert backfill.rows_read == 5 + 5
    assert held(spark) == before
    assert [commits.newest(of, zone) for of, zone in TABLES] == versions
    with pytest.raises(Halt, match="is not in the lake with wearables/heart_rate_readings@silver"):
        life.published(backfill.backfill_id, 7)

    done = normal_run(backfill.backfill_id)
    assert [one["published"] for one in done.values()] == [5, 7]
    published = held(spark)
    assert ("2025-03-25 10:05:00", 90) in published
    assert suggest.run() == []
    assert all(one["dates"] == 0 for one in normal_run().values())
    normal_run(backfill.backfill_id)
    assert own_commits(backfill) == [1, 1]
    assert held(spark) == published == rebuilt(spark)

    # A task that is tried again has made another release; the first is the one that brought it.
    for release in (7, 8):
        life.published(backfill.backfill_id, release)
    assert (log.get(1).state, log.get(1).release_id) == (State.PUBLISHED, 7)
    assert not folder_of(backfill).exists()
    with pytest.raises(Halt, match="was published at"):
        normal_run(backfill.backfill_id)


def test_dates_that_moved_keep_what_came_meanwhile_and_get_what_the_backfill_brings(
    spark: SparkSession, days: Land
) -> None:
    backfill = staged()
    days(heart_rate("2025-03-27 11:00:00", 70))
    normal_run()
    assert ("2025-03-27 11:00:00", 70) in held(spark)
    days(heart_rate("2025-03-24 11:00:00", 71), heart_rate("2025-03-29 11:00:00", 72))
    done = normal_run(backfill.backfill_id)
    assert done[READINGS.address]["published"] == 0
    came = {("2025-03-27 11:00:00", 70), ("2025-03-24 11:00:00", 71), ("2025-03-29 11:00:00", 72)}
    found = held(spark)
    assert {*came, ("2025-03-25 10:05:00", 90)} <= set(found)
    assert all(one["dates"] == 0 for one in normal_run().values())
    assert found == rebuilt(spark)


@pytest.mark.parametrize("then", ["published again", "given up"])
def test_a_publication_that_died_in_the_middle_ends_in_the_same_rows(
    spark: SparkSession, days: Land, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backfill = staged()
    with monkeypatch.context() as patch:
        patch.setattr(build, "build_dates", dies)
        with pytest.raises(Dead):
            normal_run(backfill.backfill_id)
    assert own_commits(backfill) == [1, 0]
    days(heart_rate("2025-03-25 12:00:00", 70))
    normal_run(backfill.backfill_id if then == "published again" else None)
    assert {("2025-03-25 12:00:00", 70), ("2025-03-25 10:05:00", 90)} <= set(held(spark))
    assert held(spark) == rebuilt(spark)
    with pytest.raises(ValueError, match="partly in the lake"):
        life.abandon(backfill.backfill_id)


class Dead(Exception):
    pass


def dies(*_: object, **__: object) -> None:
    raise Dead


def test_of_two_backfills_of_the_same_dates_the_second_builds_them_anew(spark: SparkSession, days: Land) -> None:
    first, second = staged(run="a"), staged(run="b")
    normal_run(first.backfill_id)
    days(heart_rate("2025-03-25 10:06:00", 95, sent_at="2025-06-01 00:00:00"))
    normal_run(second.backfill_id)
    assert own_commits(second) == [0, 0]
    assert held(spark) == rebuilt(spark)
    # Nothing of the second is in the lake, so it may be given up.
    assert folder_of(second).is_dir()
    life.abandon(second.backfill_id)
    assert not folder_of(second).exists()


def test_rows_judged_by_other_rules_are_not_taken_over(
    spark: SparkSession, days: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backfill = staged()
    folder = shutil.copytree(profile().rules, tmp_path / "rules")
    file = folder / f"{READINGS.address}.yml"
    file.write_text(file.read_text().replace("max_value: 250", "max_value: 80"))
    with monkeypatch.context() as patch:
        patch.setenv("LAKE_RULES", str(folder))
        _forget()
        done = normal_run(backfill.backfill_id)
        assert done[READINGS.address]["published"] == 0
        assert ("2025-03-25 10:05:00", 90) not in held(spark)
        assert held(spark) == rebuilt(spark)
    _forget()


def _forget() -> None:
    profile.cache_clear()
    rules._rules.cache_clear()
