"""Readers see one release or another, never two, while one is made, fails, is rolled back, and is switched again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import psycopg
import pytest
import release_polls
import tiny_lake
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from put_back import put_back
from tiny_lake import MONDAY, TUESDAY

from lake_layout.profile import REPOSITORY
from spark_jobs.halt import Halt
from spark_jobs.release import clickhouse as in_clickhouse
from spark_jobs.release import history, job, log, switch
from spark_jobs.release import postgres as in_postgres
from spark_jobs.release.log import Did, Event

_MORE_PEOPLE = [f"user {n}" for n in range(300)]
_ROLLBACKS, _FLIPS, _ROUNDS = 6, 15, 10
_IN_STATEMENTS = ("clickhouse_statement", "clickhouse_join")


def write_more() -> None:
    """Another day, on which every table has other counts."""
    people = [{"user_id": name, "valid_from": tiny_lake.instant("1970-01-01")} for name in _MORE_PEOPLE]
    tiny_lake.write("app_db/users", [*tiny_lake.USERS, *people])
    days = [{"user_id": name, "activity_date": TUESDAY, "steps": 1} for name in _MORE_PEOPLE]
    tiny_lake.write("health/daily_activity", [*tiny_lake.DAILY_ACTIVITY, *days])
    hours = [
        {"user_id": name, "event_date": TUESDAY, "local_hour": 1, "utc_offset_minutes": 0, "steps": 1}
        for name in _MORE_PEOPLE
    ]
    tiny_lake.write("health/hourly_steps", [*tiny_lake.HOURLY_STEPS, *hours])
    nights = [{"user_id": name, "sleep_date": MONDAY, "minutes_asleep": 400} for name in _MORE_PEOPLE]
    tiny_lake.write("health/nightly_sleep", [*tiny_lake.NIGHTLY_SLEEP, *nights])


@dataclass(frozen=True)
class Polled:
    """Two releases, and what readers were answered while the second was made, a third failed and both were shown."""

    first: int
    second: int
    failed: int
    answers: dict[str, list[release_polls.Answer]]


@pytest.fixture(scope="module")
def polled(warehouse_environment: dict[str, str], _built: None) -> Iterator[Polled]:
    with put_back(warehouse_environment) as first:
        with release_polls.polling(rest=0.1) as at_rest:
            write_more()
            second = job.run()["release"]
            twice = [*tiny_lake.HOURLY_STEPS, *tiny_lake.HOURLY_STEPS]
            tiny_lake.write("health/hourly_steps", twice)
            with pytest.raises(Halt, match="unique_combination_stg_health__hourly_steps"):
                job.run()
        with release_polls.polling() as answers:
            for number in [first, second] * _ROLLBACKS:
                assert switch.rollback(number) == number
        assert isinstance(second, int)
        names = [ask.__name__ for ask in release_polls.ALL]
        yield Polled(first, second, second + 1, {name: at_rest[name] + answers[name] for name in names})


def shown(clickhouse: Client, connection: psycopg.Connection) -> tuple[int | None, int | None]:
    return in_clickhouse.shown(clickhouse), in_postgres.shown(connection)


def test_no_reader_ever_sees_two_releases(polled: Polled, warehouses: None) -> None:
    assert release_polls.mixed(polled.answers, [polled.first, polled.second]) == {}
    for name, given in polled.answers.items():
        assert len(given) >= 20, name
        assert {answer[0] for answer in given} == {polled.first, polled.second}, name


def test_a_failed_gate_says_which_and_what_and_leaves_the_last_release_standing(
    polled: Polled, warehouses: None
) -> None:
    lines = {one.release_id: one for one in history.releases(log.read())}
    assert {lines[polled.first].state, lines[polled.second].state} == {"current", "previous"}
    failed = {event.gate: event.words or "" for event in log.read().of(polled.failed, Did.FAILED)}
    assert lines[polled.failed].state == "failed" and lines[polled.failed].gate in failed
    assert "unique_combination_stg_health__hourly_steps" in failed["build_clickhouse"]
    assert "duplicate key" in failed["publish_postgres"]


def test_the_polls_would_see_a_switch_that_is_made_table_by_table(
    polled: Polled, clickhouse: Client, postgres: psycopg.Connection
) -> None:
    numbers = [polled.first, polled.second]
    switch.rollback(polled.first)
    seen: dict[str, list[release_polls.Answer]] = {ask.__name__: [] for ask in release_polls.ALL}
    reports = {"daily_user_summary": "dim_users", "weekly_steps": "fct_daily_activity"}
    try:
        with release_polls.reader_of_clickhouse() as there, release_polls.reader_of_postgres() as here:
            for report, mart in reports.items():
                body = f"SELECT * FROM marts_r{polled.second}.{mart}"
                clickhouse.command(f"CREATE OR REPLACE VIEW marts.{mart} SQL SECURITY INVOKER AS {body}")
                refill(postgres, report, polled.second)
                for ask in release_polls.ALL:
                    seen[ask.__name__].append(ask(there, here))
    finally:
        for report in reports:
            refill(postgres, report, polled.first)
        switch.rollback(polled.second)
    assert set(release_polls.mixed(seen, numbers)) == set(seen) - {"pinned_across"}


def refill(postgres: psycopg.Connection, report: str, release_id: int) -> None:
    postgres.execute(f"DELETE FROM reporting.{report}")
    postgres.execute(f"INSERT INTO reporting.{report} SELECT * FROM reporting_r{release_id}.{report}")


def flip(clickhouse: Client, numbers: list[int]) -> None:
    """Point readers to the one release and the other, with nothing in between, while a third comes and goes."""
    for number in numbers * _FLIPS:
        clickhouse.command(
            "INSERT INTO marts_releases.switches SELECT max(number) + 1,"
            f" {number}, now64(6), NULL FROM marts_releases.switches"
        )
        clickhouse.command("CREATE DATABASE marts_next")
        clickhouse.command(f"CREATE TABLE marts_next.dim_users AS marts_r{number}.dim_users")
        clickhouse.command("RENAME DATABASE marts_next TO marts_r0")
        clickhouse.command("DROP DATABASE marts_r0")


def test_a_statement_looks_at_the_pointer_once_but_only_with_the_rights_of_its_reader(
    polled: Polled, clickhouse: Client
) -> None:
    numbers = [polled.first, polled.second]
    clickhouse.command("DROP DATABASE IF EXISTS marts_next")
    views = "SELECT create_table_query FROM system.tables WHERE database = 'marts'"
    try:
        assert torn(clickhouse, numbers) == set()
        for (view,) in clickhouse.query(views).result_rows:
            owners = view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
            clickhouse.command(owners.replace("SECURITY INVOKER", "SECURITY DEFINER"))
        # Whether a statement of some milliseconds meets a flip is chance.
        rounds = accumulate((torn(clickhouse, numbers) for _ in range(_ROUNDS)), set.union)
        assert any(readers == set(_IN_STATEMENTS) for readers in rounds)
    finally:
        switch.rollback(log.read().previous)


def torn(clickhouse: Client, numbers: list[int]) -> set[str]:
    """Who of those that ask by one statement is answered of two releases at once."""
    with release_polls.polling() as answers:
        flip(clickhouse, numbers)
    return set(release_polls.mixed({name: answers[name] for name in _IN_STATEMENTS}, numbers))


def test_a_kill_between_the_two_switches_rolls_forward(
    polled: Polled, clickhouse: Client, postgres: psycopg.Connection
) -> None:
    switch.rollback(polled.first)
    dies = (
        "import os; from spark_jobs.release import postgres, switch;"
        f"postgres.switch = lambda *_: os._exit(9); switch.rollback({polled.second})"
    )
    killed = subprocess.run([sys.executable, "-c", dies], cwd=REPOSITORY, env=os.environ, check=False)
    assert killed.returncode == 9
    assert shown(clickhouse, postgres) == (polled.second, polled.first)
    assert not log.read().is_switched
    # What was pinned before is readable in both all the while.
    with release_polls.reader_of_clickhouse() as there, release_polls.reader_of_postgres() as here:
        assert release_polls.pinned_across(there, here)[0] == polled.second
    job.finish_what_was_decided()
    assert shown(clickhouse, postgres) == (polled.second, polled.second)
    assert log.read().is_switched


def test_an_old_release_is_dropped_in_both_databases_and_never_one_that_is_shown(
    polled: Polled, clickhouse: Client, postgres: psycopg.Connection
) -> None:
    clickhouse.command("CREATE DATABASE marts_r0")
    clickhouse.command(f"CREATE TABLE marts_r0.dim_users AS SELECT * FROM marts_r{polled.first}.dim_users")
    postgres.execute("CREATE SCHEMA reporting_r0")
    # A statement fails that looks into a database while it is dropped.
    found = clickhouse.query("SELECT DISTINCT _database FROM marts_releases.dim_users").result_rows
    looked_at = {name for (name,) in found}
    assert "marts_r0" not in looked_at and {f"marts_r{polled.first}", f"marts_r{polled.second}"} <= looked_at
    kept = [polled.first, polled.second]
    current = log.read().current
    others = [number for number in kept if number != current]
    gone = in_clickhouse.drop_all_but(clickhouse, others), in_postgres.drop_all_but(postgres, others)
    assert "marts_r0" in gone[0] and "reporting_r0" in gone[1]
    assert f"marts_r{current}" not in gone[0] and f"reporting_r{current}" not in gone[1]


def test_what_is_not_released_yet_is_hidden_from_readers(
    polled: Polled, clickhouse: Client, postgres: psycopg.Connection
) -> None:
    clickhouse.command("CREATE DATABASE IF NOT EXISTS marts_next")
    clickhouse.command("CREATE OR REPLACE VIEW marts_next.secret AS SELECT 1 AS a")
    postgres.execute("CREATE SCHEMA IF NOT EXISTS reporting_next")
    postgres.execute("CREATE OR REPLACE VIEW reporting_next.secret AS SELECT 1 AS a")
    with release_polls.reader_of_clickhouse() as there, release_polls.reader_of_postgres() as here:
        with pytest.raises(DatabaseError, match="ACCESS_DENIED"):
            there.query("SELECT * FROM marts_next.secret")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            here.execute("SELECT * FROM reporting_next.secret")


def test_a_rollback_to_what_is_not_kept_is_refused_and_changes_nothing(
    polled: Polled, clickhouse: Client, postgres: psycopg.Connection
) -> None:
    before = shown(clickhouse, postgres), len(log.read().events)
    for number in (polled.failed, 4711):
        with pytest.raises(LookupError):
            switch.rollback(number)
    assert (shown(clickhouse, postgres), len(log.read().events)) == before


def test_a_release_that_was_overtaken_is_not_shown(polled: Polled, warehouses: None) -> None:
    current = log.read().current
    ids = [log.append(lambda found: Event(Did.STAGED, found.next_id, log.now())).release_id for _ in range(2)]
    with pytest.raises(Halt, match="overtaken"):
        log.append(lambda found: job.released(found, ids[0] or 0))
    assert log.read().current == current
    with pytest.raises(ValueError), log.gate("verify", ids[1]):
        raise ValueError("not made")


def test_columns_come_and_go_with_a_release_and_rows_of_the_other_stay_readable(
    polled: Polled, postgres: psycopg.Connection
) -> None:
    switch.rollback(polled.second)
    postgres.execute(f"ALTER TABLE reporting_r{polled.first}.weekly_steps ADD COLUMN note text DEFAULT 'new'")
    postgres.execute(f"COMMENT ON COLUMN reporting_r{polled.first}.weekly_steps.note IS 'A note.'")
    with release_polls.reader_of_postgres() as reader, reader.transaction():
        # The snapshot is taken by the first statement, before the table is read at all.
        reader.execute("SELECT release_id FROM reporting.release")
        switch.rollback(polled.first)
        [counted] = reader.execute("SELECT count(*) FROM reporting.weekly_steps").fetchall()
    there = "SELECT count(*) FROM reporting_r{}.weekly_steps"
    assert [counted] == postgres.execute(there.format(polled.second)).fetchall()
    assert postgres.execute("SELECT DISTINCT note FROM reporting.weekly_steps").fetchall() == [("new",)]
    postgres.execute(f"ALTER TABLE reporting_r{polled.first}.weekly_steps DROP COLUMN note")
    switch.rollback(polled.second)
    columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'reporting'"
    assert ("note",) not in postgres.execute(columns).fetchall()
