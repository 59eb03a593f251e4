"""Events that come on day 0, long after they happened, to a lake of 30 days; and those days made anew by range.

1 % of yesterday's events, or 0.1 % of those of all 30 days → raw → bronze → the dates that they affect. By range the
same days cost silver and gold once, and are known without looking. On its inner days a range has the same rows.
"""

from typing import ClassVar

from benchmarks.days import history, variant
from benchmarks.days.backfill import DAYS, Ranged
from benchmarks.input import days, topics
from benchmarks.input.days import events_of_day
from benchmarks.input.events import Days
from benchmarks.kafka_to_marts.ours import Ours
from benchmarks.workloads import Given


class _Late(variant.Variant):
    """`happened`: on which days; `in_a_thousand`: how many of the events of these days."""

    happened: ClassVar[Days]
    in_a_thousand: ClassVar[int]

    @classmethod
    def prepare(cls, given: Given) -> None:
        history.link(given, DAYS)
        count = events_of_day(given.events) * cls.happened.count * cls.in_a_thousand // 1000
        topics.send(days.sent_late(given.seed, count, cls.happened))


class Yesterday(_Late):
    happened = Days(-1, 1, sent=0)
    in_a_thousand = 10


class Month(_Late):
    happened = Days(-DAYS, DAYS, sent=0)
    in_a_thousand = 1

    def checksums(self) -> dict[str, str]:
        return variant.checksums(1 - DAYS, -2)


class Range(Ranged):
    """Raw and bronze have the late events of the month."""

    @classmethod
    def prepare(cls, given: Given) -> None:
        Month.prepare(given)
        ours = Ours()
        ours.land()
        ours.bronze()

    def checksums(self) -> dict[str, str]:
        return variant.checksums(1 - DAYS, -2)
