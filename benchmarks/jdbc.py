"""Rows → the marts' tables by Spark's JDBC writer, as a first draft does it."""

from pyspark.sql import DataFrame

from benchmarks import warehouses
from lake_layout import tables
from lake_layout.contracts import Contract
from lake_layout.profile import profile
from lake_layout.sections import ClickHouse, Postgres
from spark_jobs.publish import postgres_tables


def into_postgres(rows: DataFrame, of: Contract) -> None:
    settings = profile().postgres
    url = f"jdbc:postgresql://{settings.host}:{settings.port}/{settings.warehouse_database}"
    table = f"{postgres_tables.SCHEMA}.{tables.flat_name(of)}"
    _append(rows, of, settings, url=url, dbtable=table, driver="org.postgresql.Driver")


def into_clickhouse(rows: DataFrame, of: Contract) -> None:
    settings = profile().clickhouse
    # The gateway of a laptop speaks HTTP's own compression only.
    url = f"jdbc:clickhouse:http://{settings.host}:{settings.port}/{warehouses.DATABASE}?compress=false"
    driver = "com.clickhouse.jdbc.ClickHouseDriver"
    _append(rows, of, settings, url=url, dbtable=tables.flat_name(of), driver=driver)


def _append(rows: DataFrame, of: Contract, who: Postgres | ClickHouse, **options: str) -> None:
    login = {"user": who.user, "password": who.password.get_secret_value()}
    shown = rows.select(*(column.name for column in tables.shown(of)))
    shown.write.format("jdbc").options(**options, **login).mode("append").save()
