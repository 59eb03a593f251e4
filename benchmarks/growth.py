"""Our pipeline on an eighth, a quarter, half and all of the events: how its time grows with them."""

from typing import Any, ClassVar

from benchmarks.input import topics
from benchmarks.kafka_to_marts import ours
from benchmarks.workloads import Given


class Whole(ours.Ours):
    """Each fills the topics for itself, and agrees with runs of the same part only."""

    parts: ClassVar[int] = 8
    events: ClassVar[int]

    @classmethod
    def prepare(cls, given: Given) -> None:
        cls.events = given.events // (8 * topics.SHARED) * topics.SHARED * cls.parts
        topics.fill(given.seed, cls.events, lambda _sent: None)
        super().prepare(given)

    def told(self) -> dict[str, Any]:
        return {**super().told(), "events": self.events}


class Half(Whole):
    parts = 4


class Quarter(Whole):
    parts = 2


class Eighth(Whole):
    parts = 1
