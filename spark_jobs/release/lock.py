"""One release, rollback or clean-up at a time, whoever starts it: a lock in Postgres that ends with its process.

What is made from releases for others to read has a lock of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable

from spark_jobs.release import postgres

RELEASE, SEARCH = 7_021_989_001, 7_021_989_002


@contextmanager
def held(seconds: int, key: int = RELEASE) -> Iterator[None]:
    """Nobody else changes what the warehouses show meanwhile; waits this long for its turn.

    Raises ConnectionError: another one is still at work, or Postgres does not answer.
    """
    with postgres.connected(lock_seconds=seconds) as connection:
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [key])
        except LockNotAvailable as error:
            raise ConnectionError("another one is at work on the same; try again when it is done") from error
        yield
