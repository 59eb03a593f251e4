"""A new snapshot of the users, of whom some have moved → raw → bronze → the history of them all.

The clock of the database is put a day ahead for this process only, for snapshots are due once an hour.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import psycopg

from benchmarks import lakes
from benchmarks.input import people
from benchmarks.workloads import Given
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import build, commits, partitions
from spark_jobs.bronze import run as bronze
from spark_jobs.raw import land

USERS = "app_db/users"


class Snapshot:
    """`in_a_thousand` users have moved since the last snapshot."""

    in_a_thousand: ClassVar[int]

    @classmethod
    def prepare(cls, given: Given) -> None:
        lakes.like(given.people)
        people.fill()
        with psycopg.connect(profile().postgres_dsn(profile().postgres.app_database)) as connection:
            moved = "UPDATE users SET city = 'Elsewhere' WHERE mod(right(user_id, 6)::int, 1000) < %s"
            connection.execute(moved, [cls.in_a_thousand])
        last = commits.progress(contract(USERS), Zone.RAW).consumed["snapshot:users"]["instant"]
        os.environ["PGOPTIONS"] = f"-c lake.simulated_now={(datetime.fromisoformat(last) + timedelta(days=1)):%FT%TZ}"

    def stages(self) -> dict[str, Callable[[], Any]]:
        return {
            "land": lambda: land.run("snapshot", [USERS]),
            "bronze": lambda: bronze.run([USERS]),
            "silver": lambda: build.run(Zone.SILVER, [USERS]),
        }

    def told(self) -> dict[str, Any]:
        """`rows`: versions of users, open and closed. The database is put back, the lake is deleted."""
        of = contract(USERS)
        newest = commits.newest(of, Zone.SILVER)
        assert newest
        versions = partitions.accepted(of, Zone.SILVER, newest.version, None).rows
        people.fill()
        lakes.delete()
        return {"checksums": None, "rows": {"versions": versions}}


class Snapshot1(Snapshot):
    in_a_thousand = 1


class Snapshot10(Snapshot):
    in_a_thousand = 10


class Snapshot100(Snapshot):
    in_a_thousand = 100
