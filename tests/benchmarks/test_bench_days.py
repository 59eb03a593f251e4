"""Events of days: each is of its day and no other's, and what is late comes after all of it happened."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from benchmarks.input import days, events, messages
from benchmarks.input.events import FIRST_DAY, Days

SIZE = 50_000


def _at(told: dict[str, list[int]], *names: str) -> list[datetime]:
    return [FIRST_DAY + timedelta(milliseconds=sum(parts)) for parts in zip(*(told[n] for n in names), strict=True)]


@pytest.mark.parametrize("topic", events.SHARES)
@pytest.mark.parametrize("day", [-90, -1, 0])
def test_the_events_of_a_day_happen_on_that_day(topic: str, day: int) -> None:
    told = events.columns(3, topic, 0, SIZE, Days(day, 1)).to_pydict()
    happened = {at.date() for at in _at(told, "at_ms")}
    assert happened == {(FIRST_DAY + timedelta(days=day)).date()}


@pytest.mark.parametrize("topic", events.SHARES)
def test_late_events_are_sent_on_one_day_after_they_happened(topic: str) -> None:
    told = events.columns(3, topic, 0, SIZE, Days(-30, 30, sent=0)).to_pydict()
    assert set(_at(told, "at_ms", "delay")) == {datetime(2025, 3, 24, 12, tzinfo=UTC)}
    happened = {at.date() for at in _at(told, "at_ms")}
    assert happened == {(FIRST_DAY + timedelta(days=day)).date() for day in range(-30, 0)}


def test_days_have_a_tenth_of_the_events_and_none_of_another() -> None:
    sent = list(days.sent(3, SIZE, [-2, -1, 0]))
    assert sum(len(one.values) for one in sent) == 3 * SIZE // 10
    late = list(days.sent_late(3, 500, Days(-2, 2, sent=0)))
    assert sum(len(one.values) for one in late) == 500
    values = list(chain.from_iterable(one.values for one in (*sent, *late)))
    # Those that are sent twice are twice in one chunk.
    assert len(set(values)) == sum(len(set(one.values)) for one in (*sent, *late))


def test_a_day_of_a_large_size_comes_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CHUNK", 2_000)
    sent = [one for one in days.sent(3, SIZE, [0]) if one.topic == "health-metrics"]
    assert [len(one.values) for one in sent] == [1_400, 1_400, 700]
    assert len({one.values[0] for one in sent}) == 3


def test_what_is_sent_before_it_happened_is_not_late() -> None:
    with pytest.raises(ValueError, match="not over"):
        list(days.sent_late(3, 10, Days(-1, 2, sent=0)))


def test_a_handful_of_events_has_one_for_each_topic() -> None:
    assert {one.topic: len(one.values) for one in messages.chunk(3, 0, 10)} == {
        "health-metrics": 7,
        "workout-data": 2,
        "user-events": 1,
        "social-events": 1,
        "ai-interactions": 1,
    }
