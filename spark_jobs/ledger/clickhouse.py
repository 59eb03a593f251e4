"""The ledger in ClickHouse: the tables of Postgres as they are, copied as a whole → database `ops`.

Each table is filled beside the old one and takes its name in one statement, so that readers see one or the other.
"""

from clickhouse_connect.driver.binding import format_str
from clickhouse_connect.driver.client import Client

from lake_layout import run_ledger
from lake_layout.run_ledger import SCHEMA, Table
from spark_jobs.ledger import store
from spark_jobs.publish.clickhouse import owner

_ROWS_AT_ONCE = 50_000


def copy() -> None:
    """Make ClickHouse hold what Postgres holds. Raises ConnectionError if one is away."""
    # As the one writer of the ledger: nobody changes or copies it meanwhile.
    with store.writing() as ledger, owner() as client:
        client.command(f"CREATE DATABASE IF NOT EXISTS {SCHEMA}")
        for table in run_ledger.TABLES:
            client.command(f"DROP TABLE IF EXISTS {SCHEMA}.{table.name}_next")
            client.command(_create(table, f"{SCHEMA}.{table.name}_next"))
            for rows in ledger.rows(table, _ROWS_AT_ONCE):
                client.insert(f"{table.name}_next", rows, column_names=table.names, database=SCHEMA)
        for table in run_ledger.TABLES:
            _take_name(client, table)


def _create(table: Table, name: str) -> str:
    columns = ", ".join(
        f"`{column.name}` {column.clickhouse} COMMENT {format_str(column.description)}" for column in table.columns
    )
    key = ", ".join(name for name in table.key if name != "partition_date")
    return (
        f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY ({key}) COMMENT {format_str(table.description)}"
    )


def _take_name(client: Client, table: Table) -> None:
    old, new = f"{SCHEMA}.{table.name}", f"{SCHEMA}.{table.name}_next"
    if client.command(f"EXISTS TABLE {old}"):
        client.command(f"EXCHANGE TABLES {old} AND {new}")
        client.command(f"DROP TABLE {new}")
    else:
        client.command(f"RENAME TABLE {new} TO {old}")
