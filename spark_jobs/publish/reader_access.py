"""What the BI role may do in Postgres: read schema `reporting` and the releases that are kept, nothing else."""

import psycopg
from psycopg import sql

from lake_layout.profile import profile

SCHEMA = "reporting"


def grant() -> None:
    """Let the reader see what stands in `reporting`, now and later; safe to repeat."""
    settings = profile().postgres
    names = {"schema": sql.Identifier(SCHEMA), "reader": sql.Identifier(settings.reader_user)}
    statements = (
        "CREATE SCHEMA IF NOT EXISTS {schema}",
        "GRANT USAGE ON SCHEMA {schema} TO {reader}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {reader}",
        "ALTER ROLE {reader} SET default_transaction_read_only = on",
        # A transaction of a BI tool sees one release from its first statement to its end.
        "ALTER ROLE {reader} SET default_transaction_isolation = 'repeatable read'",
    )
    with psycopg.connect(profile().postgres_dsn(settings.warehouse_database)) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(**names))
        limit = sql.Literal(f"{profile().timeouts.sql_statement}s")
        connection.execute(sql.SQL("ALTER ROLE {reader} SET statement_timeout = {limit}").format(limit=limit, **names))
