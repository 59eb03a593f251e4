"""Postgres commits, and who asked for it sees the connection end: the same again, and everything is there once.

Each commit of a piece of work loses its answer once; the work is then done again over a sound connection.
"""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from lake_layout import run_ledger
from lake_layout.profile import profile
from lake_layout.sections import HOST
from spark_jobs.ledger import update
from spark_jobs.release import job, log
from spark_jobs.release.log import Did, Event
from tests.lossy_proxy import losing

REPORT = "reporting.daily_user_summary"


def losing_each(work: Callable[[], object]) -> Iterator[int]:
    """Do the work again and again, each time with another commit unanswered; its number, until none is left."""
    target = (HOST, profile().postgres.port)
    for number in range(20):
        with losing(target, b"COMMIT", passed=number) as proxy, pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAKE_POSTGRES__PORT", str(proxy.port))
            profile.cache_clear()
            try:
                work()
            except (ConnectionError, psycopg.OperationalError):
                assert proxy.lost
        profile.cache_clear()
        if not proxy.lost:
            return
        yield number
    pytest.fail("the work never came to its end")


def rows(connection: psycopg.Connection, table: str) -> list[tuple]:
    return sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=str)


def test_a_switch_shows_the_release_once(warehouses: None, postgres: psycopg.Connection) -> None:
    current = log.read().current
    before = rows(postgres, REPORT)
    assert before

    def wreck() -> None:
        """As if another release were shown, and this one decided."""
        postgres.execute("DELETE FROM reporting.release")
        postgres.execute(f"DELETE FROM {REPORT}")
        log.append(lambda _: Event(Did.ROLLED_BACK, current, log.now()))

    wreck()
    tried = []
    try:
        for number in losing_each(job.finish_what_was_decided):
            tried.append(number)
            job.finish_what_was_decided()
            assert rows(postgres, REPORT) == before
            assert [row[0] for row in rows(postgres, "reporting.release")] == [current]
            assert log.read().is_switched
            wreck()
        assert len(tried) >= 2
        assert rows(postgres, REPORT) == before and log.read().is_switched
    finally:
        wreck()
        job.finish_what_was_decided()


def test_the_ledger_has_each_batch_once(warehouses: None, postgres: psycopg.Connection) -> None:
    def held() -> dict[str, list[tuple]]:
        return {table.name: rows(postgres, f"ops.{table.name}") for table in run_ledger.TABLES}

    update.run()
    before = held()
    assert before["batches"]
    postgres.execute("TRUNCATE ops.batches, ops.batch_partitions, ops.batch_inputs, ops.logs")
    tried = []
    try:
        for number in losing_each(update.run):
            tried.append(number)
            update.run()
            assert held() == before
            postgres.execute("TRUNCATE ops.batches, ops.batch_partitions, ops.batch_inputs, ops.logs")
        assert tried
        assert held() == before
    finally:
        update.run()
