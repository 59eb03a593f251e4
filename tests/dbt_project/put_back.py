"""Lets the tests of a module release what they like: afterwards all is again as it was for the next module."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import tiny_lake

from spark_jobs.publish import pins
from spark_jobs.publish import postgres as to_postgres
from spark_jobs.release import log, switch
from tests.own_profile import using


@contextmanager
def put_back(environment: Mapping[str, str]) -> Iterator[int]:
    """The release that is shown; at the end it is shown again, and the lake and Postgres's copies are the tiny lake."""
    with using(environment):
        before = log.read().current
        assert before is not None
        try:
            yield before
        finally:
            tiny_lake.fill()
            switch.rollback(before)
            to_postgres.publish(pins.choose(), before, log.now())
