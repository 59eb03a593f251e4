"""Kafka and the database land exactly once, whatever dies in between."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.profile import REPOSITORY, profile
from spark_jobs import commits, read, session
from spark_jobs.halt import Halt
from spark_jobs.raw import broker, kafka_log, snapshot
from spark_jobs.verify import offsets as verify
from spark_jobs.verify.findings import Verdict
from tests.spark_jobs import landing_stack
from tests.spark_jobs.conftest import use_own_datasets
from tests.spark_jobs.landing_stack import (
    delete_topic,
    ensure_topic,
    expire,
    in_transaction,
    keep_for,
    produce,
    sql,
    topic,
    with_topic,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]
EVENT = '{"reading_id": "r%d", "measured_at": "2025-03-24T07:15:03Z", "value": 1}'
NOTHING = {"batches": 0, "rows": 0}


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with landing_stack.running(REPOSITORY / ".lake-test-landing") as environment:
        yield environment


@pytest.fixture
def environment(services: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The test's own empty lake on the shared services."""
    own = {**services, "LAKE_LAKE__ROOT": f"file:{tmp_path}/lake"}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    yield from ({**own, **one} for one in use_own_datasets(monkeypatch))


@pytest.fixture
def connected(environment: dict[str, str]) -> Iterator[SparkSession]:
    with session.opened("landing tests") as spark:
        yield spark


@pytest.fixture
def readings(environment: dict[str, str]) -> Contract:
    return with_topic(contract("tests/readings"))


@pytest.fixture
def members(environment: dict[str, str]) -> Contract:
    sql(
        "DROP TABLE IF EXISTS members",
        "ALTER DATABASE fitness_app SET lake.simulated_now = '2025-03-25T00:00:00Z'",
        "CREATE TABLE members (member_id text, height_cm numeric(5,1), joined_at timestamptz, is_active boolean,"
        " extra uuid)",
        "INSERT INTO members SELECT 'm' || n, 180.5, '2025-03-01T10:00:00+02', true,"
        " '00000000-0000-0000-0000-000000000001' FROM generate_series(1, 10) n",
    )
    return contract("tests/members")


def land(spark: SparkSession, of: Contract) -> dict[str, int]:
    return kafka_log.land(spark, of)


def offsets(spark: SparkSession, of: Contract) -> list[tuple[int, int]]:
    rows = read.table(spark, of, Zone.RAW).select("_partition", "_offset").collect()
    return sorted(tuple(row) for row in rows)


def test_a_topic_lands_once_with_its_positions(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one", "two"], partition=0)
    produce(readings, ["three"], partition=1)
    assert land(connected, readings) == {"batches": 1, "rows": 3}
    assert land(connected, readings) == NOTHING
    produce(readings, ["four"], partition=1)
    assert land(connected, readings) == {"batches": 1, "rows": 1}
    assert offsets(connected, readings) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    newest = commits.newest(readings, Zone.RAW)
    assert newest is not None
    assert newest.inputs[kafka_log.position_name(topic(readings))] == {"0": 2, "1": 2}


def test_a_limit_cuts_a_backlog_into_batches(
    connected: SparkSession, readings: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    produce(readings, ["x"] * 30, partition=0)
    produce(readings, ["x"] * 6, partition=1)
    monkeypatch.setattr(profile().lake, "max_records_per_batch", 12)
    assert land(connected, readings) == {"batches": 3, "rows": 36}
    assert offsets(connected, readings) == [(0, n) for n in range(30)] + [(1, n) for n in range(6)]


def test_positions_are_found_in_the_rows_when_no_commit_has_them(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one", "two"], partition=0)
    land(connected, readings)
    log = Path(profile().lake.root.removeprefix("file:"), "raw/tests/readings/v1/_delta_log")
    for commit in log.glob("*1.json"):
        commit.write_text(commit.read_text().replace('"userMetadata"', '"forgotten"'))
        commit.with_name(f".{commit.name}.crc").unlink()
    produce(readings, ["three"], partition=0)
    assert land(connected, readings)["rows"] == 1
    assert offsets(connected, readings) == [(0, 0), (0, 1), (0, 2)]


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


def test_an_offset_that_landed_twice_is_found(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one", "two"], partition=0)
    land(connected, readings)
    path = tables.path(readings, Zone.RAW)
    connected.sql(f"INSERT INTO delta.`{path}` SELECT * FROM delta.`{path}` WHERE _offset = 1")
    [found] = verify.check(connected, readings)
    assert (found.verdict, found.words) == (Verdict.WRONG, "landed more than once: partition 0 offset 1")


def test_records_that_wait_are_told_before_they_expire(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one"], partition=0)
    land(connected, readings)
    keep_for(readings, timedelta(hours=10))
    shorter = "the broker keeps records for 10 h, the contract says 7d"
    assert [one.words for one in verify.check(connected, readings)][1:] == [shorter]
    produce(readings, ["two"], partition=0, at=datetime.now(UTC) - timedelta(hours=8))
    waits = "records wait that will be gone in 2 h: run `lake run land_sources`"
    assert [one.words for one in verify.check(connected, readings)][1:] == [shorter, waits]


def test_a_topic_made_anew_that_outgrew_the_old_one_is_noticed(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one"], partition=0)
    land(connected, readings)
    delete_topic(readings)
    ensure_topic(readings)
    produce(readings, ["other", "another"], partition=0)
    with pytest.raises(Halt, match="the topic was made anew"):
        land(connected, readings)


def test_what_another_run_has_landed_since_is_not_a_log_that_shrank(
    connected: SparkSession, readings: Contract
) -> None:
    produce(readings, ["one"], partition=0)
    _, end = broker.offsets(readings.origin.topic)
    produce(readings, ["two"], partition=0)
    land(connected, readings)
    assert kafka_log.land_batch(connected, readings, end) is None


@pytest.mark.parametrize("job", ["land all tests/readings", "another job"])
def test_a_killed_client_whose_operation_goes_on_leaves_every_offset_once(
    environment: dict[str, str], tmp_path: Path, job: str
) -> None:
    readings = contract("tests/readings")
    ensure_topic(readings)
    produce(readings, [EVENT % n for n in range(200_000)])
    command = [sys.executable, "-m", "spark_jobs", "land", "tests/readings"]
    client = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    wait_until(lambda: is_writing(tmp_path))
    client.send_signal(signal.SIGKILL)
    client.wait(timeout=30)
    _, end = broker.offsets(readings.origin.topic)
    with session.opened(job) as spark:
        kafka_log.land(spark, readings)
        kafka_log.land(spark, readings)
        found = read.table(spark, readings, Zone.RAW).groupBy("_partition").agg(
            F.count("*").alias("rows"), F.count_distinct("_offset").alias("offsets"), F.max("_offset").alias("last")
        )  # fmt: skip
        counts = {row["_partition"]: (row["rows"], row["offsets"], row["last"] + 1) for row in found.collect()}
    assert counts == {partition: (offset, offset, offset) for partition, offset in end.items()}


def is_writing(folder: Path) -> bool:
    """Whether data files are being written: the operation is between plan and commit."""
    return any(folder.glob("lake/raw/tests/readings/v1/_landed_date=*/*.parquet"))


def wait_until(condition) -> None:
    retry(retry=retry_if_result(lambda is_so: not is_so), stop=stop_after_delay(120), wait=wait_fixed(0.02))(
        condition
    )()


def test_a_plan_that_was_never_written_leaves_no_trace(connected: SparkSession, readings: Contract) -> None:
    produce(readings, ["one"], partition=0)
    commits.progress(readings, Zone.RAW).plan({"kafka:lost": {"0": 1}})
    assert land(connected, readings) == {"batches": 1, "rows": 1}


def test_a_snapshot_keeps_every_column_and_lands_once_an_instant(connected: SparkSession, members: Contract) -> None:
    assert snapshot.land(connected, [members]) == {members.address: {"batches": 1, "rows": 10}}
    assert snapshot.land(connected, [members]) == {members.address: NOTHING}
    row = read.table(connected, members, Zone.RAW).where("member_id = 'm1'").collect()[0]
    assert (row["height_cm"], row["extra"]) == ("180.5", "00000000-0000-0000-0000-000000000001")
    assert (row["_origin"], row["_batch"]) == ("members@2025-03-25T00:00:00+00:00", 1)


def test_a_snapshot_that_shrank_suddenly_halts(connected: SparkSession, members: Contract) -> None:
    snapshot.land(connected, [members])
    sql("DELETE FROM members WHERE member_id <> 'm1'", next_day(26))
    with pytest.raises(Halt, match="has 1 rows, the last snapshot had 10"):
        snapshot.land(connected, [members])
    sql("DELETE FROM members", next_day(27))
    with pytest.raises(Halt, match="has 0 rows"):
        snapshot.land(connected, [members])


def test_a_column_that_comes_is_kept_and_one_that_goes_rejects_the_batch(
    connected: SparkSession, members: Contract
) -> None:
    from spark_jobs.bronze import build

    snapshot.land(connected, [members])
    sql("ALTER TABLE members ADD COLUMN nickname text", "ALTER TABLE members DROP COLUMN is_active", next_day(26))
    snapshot.land(connected, [members])
    assert "nickname" in read.table(connected, members, Zone.RAW).columns
    assert build.build(connected, members) == {"raw": 20, "accepted": 10, "rejected": 10}
    rejected = read.table(connected, members, Zone.BRONZE).where("_status = 'rejected'").collect()
    assert {tuple(row["_reasons"]) for row in rejected} == {("missing_column: the table has no is_active",)}


def next_day(day: int) -> str:
    return f"ALTER DATABASE fitness_app SET lake.simulated_now = '2025-03-{day}T00:00:00Z'"
