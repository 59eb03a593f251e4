"""Fixtures that bring rows to bronze, batch by batch, and build tables from them."""

from datetime import date

import pytest

from lake_layout.contracts import Zone, contract
from spark_jobs import build, commits, read, write


@pytest.fixture
def land(spark, lake, table):
    """land(address, rows): one more bronze batch."""

    def append(address: str, *rows: dict) -> None:
        of = contract(address)
        commit = commits.progress(of, Zone.BRONZE).plan({})
        landed = table(address, Zone.BRONZE, [{**row, "_batch": commit.batch} for row in rows])
        write.append(landed, of, Zone.BRONZE, commit)

    return append


@pytest.fixture
def silver(spark, lake):
    """silver(address, first, last): build one silver table, of what is new or of a range; the commit's dates."""

    def run(address: str, first: date | None = None, last: date | None = None, zone: Zone = Zone.SILVER):
        of = contract(address)
        if of.keeps_history:
            return build.build_history(spark, of)
        return build.build_dates(spark, of, zone, (first, last) if first else None)

    return run


@pytest.fixture
def rows_of(spark, lake, values):
    def rows(address: str, *columns: str, zone: Zone = Zone.SILVER):
        return values(read.table(spark, contract(address), zone), *columns)

    return rows
