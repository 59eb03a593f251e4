"""Readers who ask again and again, in each database and across both, and what each of their answers must be.

An answer is a release's number and counts of several tables, all told by one statement or one transaction. A whole
answer is one that some release gives by itself (`marts_r13`, `reporting_r13`).
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import clickhouse_connect
import psycopg
from clickhouse_connect.driver.client import Client

from lake_layout.profile import profile

Answer = tuple[int, ...]
Ask = Callable[[Client, psycopg.Connection], Answer]

_MARTS = ("dim_users", "fct_daily_activity", "fct_hourly_steps", "fct_nightly_sleep")
_REPORTS = ("daily_user_summary", "weekly_steps")
_IN_MARTS = ", ".join(f"(SELECT count() FROM {{0}}.{mart})" for mart in _MARTS)
_IN_REPORTS = ", ".join(f"(SELECT count(*) FROM {{0}}.{report})" for report in _REPORTS)
_JOINED = (
    "SELECT any(r.release_id), uniqExact(u.user_id), uniqExact(a.user_id, a.activity_date), count(h.steps) > 0"
    " FROM marts.dim_users u JOIN marts.fct_daily_activity a USING user_id"
    " LEFT JOIN marts.fct_hourly_steps h ON h.user_id = a.user_id AND h.event_date = a.activity_date"
    " CROSS JOIN marts.release r"
)


def reader_of_clickhouse() -> Client:
    keys = profile().clickhouse
    return clickhouse_connect.get_client(
        host=keys.host,
        port=keys.port,
        username=keys.reader_user,
        password=keys.reader_password.get_secret_value(),
        autogenerate_session_id=False,
    )


def reader_of_postgres() -> psycopg.Connection:
    return psycopg.connect(profile().postgres_dsn("warehouse", reader=True), autocommit=True)


def _row(client: Client, sql: str) -> Answer:
    return tuple(int(value) for value in client.query(sql).result_rows[0])


def clickhouse_statement(there: Client, _: psycopg.Connection) -> Answer:
    """Counts of four marts in one statement."""
    return _row(there, f"SELECT (SELECT release_id FROM marts.release), {_IN_MARTS.format('marts')}")


def clickhouse_join(there: Client, _: psycopg.Connection) -> Answer:
    """Four views joined."""
    return _row(there, _JOINED)


def postgres_statement(_: Client, here: psycopg.Connection) -> Answer:
    sql = f"SELECT (SELECT release_id FROM reporting.release), {_IN_REPORTS.format('reporting')}"
    [answer] = here.execute(sql).fetchall()
    return tuple(answer)


def postgres_transaction(_: Client, here: psycopg.Connection) -> Answer:
    """A plain transaction of several statements, as a BI tool sends it."""
    with here.transaction():
        [release] = here.execute("SELECT release_id FROM reporting.release").fetchall()
        counts = [here.execute(f"SELECT count(*) FROM reporting.{report}").fetchall()[0] for report in _REPORTS]
    return tuple(value for row in (release, *counts) for value in row)


def pinned_across(there: Client, here: psycopg.Connection) -> Answer:
    """The number from ClickHouse, then the tables of that release in both."""
    [number] = _row(there, "SELECT release_id FROM marts.release")
    return of_release(number)(there, here)


def of_release(number: int) -> Ask:
    def ask(there: Client, here: psycopg.Connection) -> Answer:
        marts = _row(there, f"SELECT {_IN_MARTS.format(f'marts_r{number}')}")
        [reports] = here.execute(f"SELECT {_IN_REPORTS.format(f'reporting_r{number}')}").fetchall()
        return (number, *marts, *reports)

    return ask


ALL: tuple[Ask, ...] = (
    clickhouse_statement,
    clickhouse_join,
    postgres_statement,
    postgres_transaction,
    pinned_across,
)


@contextmanager
def polling(rest: float = 0) -> Iterator[dict[str, list[Answer]]]:
    """Each reader asks in a thread of its own until the block ends; an error of one is raised then.

    `rest`: seconds between two questions of a reader, who otherwise takes the processors from what makes a release.
    """
    answers: dict[str, list[Answer]] = defaultdict(list)
    done, errors = threading.Event(), []

    def ask_again_and_again(ask: Ask) -> None:
        try:
            with reader_of_clickhouse() as there, reader_of_postgres() as here:
                while not done.wait(rest):
                    answers[ask.__name__].append(ask(there, here))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask_again_and_again, args=(ask,)) for ask in ALL]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def whole(numbers: list[int]) -> dict[str, set[Answer]]:
    """What each reader may be answered while these releases are the only ones."""
    with reader_of_clickhouse() as there, reader_of_postgres() as here:
        each = [of_release(number)(there, here) for number in numbers]
        joined = {
            _row(
                there, _JOINED.replace("marts.release", f"(SELECT {n} AS release_id)").replace("marts.", f"marts_r{n}.")
            )
            for n in numbers
        }
    of_marts = {answer[: 1 + len(_MARTS)] for answer in each}
    of_reports = {(answer[0], *answer[1 + len(_MARTS) :]) for answer in each}
    return {
        "clickhouse_statement": of_marts,
        "clickhouse_join": joined,
        "postgres_statement": of_reports,
        "postgres_transaction": of_reports,
        "pinned_across": set(each),
    }


def mixed(answers: dict[str, list[Any]], numbers: list[int]) -> dict[str, set[Answer]]:
    """Answers that no release gives by itself, by reader."""
    allowed = whole(numbers)
    found = {name: set(given) - allowed[name] for name, given in answers.items()}
    return {name: wrong for name, wrong in found.items() if wrong}
