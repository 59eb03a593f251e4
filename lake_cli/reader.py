"""Asking the warehouses as those who read them do: SQL → names of columns and rows, by the read-only role."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


@dataclass(frozen=True)
class Answer:
    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


@contextmanager
def clickhouse_client() -> "Iterator[Client]":
    """A connection of the reader. Raises ConnectionError: ClickHouse does not answer."""
    import logging

    import clickhouse_connect
    from clickhouse_connect.driver.exceptions import OperationalError

    from lake_layout.profile import profile

    # What fails is raised; the log of the client would say it twice.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    keys = profile().clickhouse
    password = keys.reader_password.get_secret_value()
    try:
        client = clickhouse_connect.get_client(
            host=keys.host, port=keys.port, username=keys.reader_user, password=password
        )
    except OperationalError as error:
        raise ConnectionError(f"ClickHouse at {keys.host}:{keys.port} does not answer: `lake up` starts it") from error
    with client:
        yield client


def clickhouse(sql: str, parameters: Mapping[str, Any] | None = None) -> Answer:
    """Raises ConnectionError: ClickHouse does not answer."""
    with clickhouse_client() as client:
        given = dict(parameters or {})
        found = client.query(sql, parameters=given)
        # Of no rows the client is not told the columns either.
        described = [] if found.column_names else client.query(f"DESCRIBE ({sql})", parameters=given).result_rows
        names = found.column_names or [row[0] for row in described]
        return Answer(tuple(names), found.result_rows)


def postgres(sql: str) -> Answer:
    """Raises ConnectionError: Postgres does not answer."""
    import psycopg

    from lake_layout.profile import profile

    settings = profile()
    try:
        connection = psycopg.connect(settings.postgres_dsn(settings.postgres.warehouse_database, reader=True))
    except psycopg.OperationalError as error:
        where = f"{settings.postgres.host}:{settings.postgres.port}"
        raise ConnectionError(
            f"Postgres at {where} does not let the reader in; `lake up` starts it: {error}"
        ) from error
    with connection:
        found = connection.execute(sql.encode())
        return Answer(tuple(column.name for column in found.description or ()), found.fetchall())
