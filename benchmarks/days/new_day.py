"""One day on lakes of 0, 7, 30 and 90 days: Kafka → raw → bronze → silver → gold; it must cost the same on all.

A day without neighbours makes other sessions and other days than one with them, so what all must agree about are the
day's own readings, interactions and turns; those with a history must agree about all rows of the day and of those
beside it.
"""

from typing import ClassVar

from benchmarks.days import history, variant
from benchmarks.input import days, events, topics
from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import Given
from lake_layout.contracts import Zone, contract

_ONE_BY_ONE = ("wearables/heart_rate_readings", "social/interactions", "ai_coach/conversation_turns")


class After0(variant.Variant):
    """The day is the first."""

    history: ClassVar[int] = 0

    @classmethod
    def prepare(cls, given: Given) -> None:
        history.link(given, cls.history)
        topics.send(days.sent(given.seed, given.events, [0]))

    def checksums(self) -> dict[str, str]:
        beside = variant.checksums(-1, 1) if self.history else {}
        return beside | {f"{address}@{Zone.SILVER} of the day": _of_the_day(address) for address in _ONE_BY_ONE}


class After7(After0):
    history = 7


class After30(After0):
    history = 30


class After90(After0):
    history = 90


def _of_the_day(address: str) -> str:
    of = contract(address)
    return tables.checksum(of, Zone.SILVER, f"{of.event_time} >= TIMESTAMPTZ '{events.FIRST_DAY}'")
