"""Asking the warehouses as those who read them do: SQL → names of columns and rows, by the read-only role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def clickhouse(sql: str, parameters: Mapping[str, Any] | None = None) -> Answer:
    import clickhouse_connect

    from lake_layout.profile import profile

    keys = profile().clickhouse
    password = keys.reader_password.get_secret_value()
    client = clickhouse_connect.get_client(host=keys.host, port=keys.port, username=keys.reader_user, password=password)
    found = client.query(sql, parameters=dict(parameters or {}))
    return Answer(tuple(found.column_names), found.result_rows)


def postgres(sql: str) -> Answer:
    import psycopg

    from lake_layout.profile import profile

    settings = profile()
    with psycopg.connect(settings.postgres_dsn(settings.postgres.warehouse_database, reader=True)) as connection:
        found = connection.execute(sql.encode())
        return Answer(tuple(column.name for column in found.description or ()), found.fetchall())
