"""One release, rollback or clean-up at a time, whoever starts it: a lock in Postgres that ends with its process."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable

from spark_jobs.release import postgres

_KEY = 7_021_989_001


@contextmanager
def held(seconds: int) -> Iterator[None]:
    """Nobody else changes what the warehouses show meanwhile; waits this long for its turn.

    Raises ConnectionError: another one is still at work, or Postgres does not answer.
    """
    with postgres.connected(lock_seconds=seconds) as connection:
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [_KEY])
        except LockNotAvailable as error:
            raise ConnectionError("another release or rollback is at work; try again when it is done") from error
        yield
