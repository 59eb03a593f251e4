"""Events of a bench: the same ones each time, in the shares that are told, as wrong and as late as they should be."""

import json
from collections import Counter

import pytest

from benchmarks.input import events, messages

COUNT = 20_000


@pytest.fixture(scope="module")
def sent() -> dict[str, messages.Messages]:
    return {one.topic: one for one in messages.chunk(seed=3, number=0, count=COUNT)}


def test_a_seed_gives_the_same_messages_each_time(sent: dict[str, messages.Messages]) -> None:
    assert {one.topic: one for one in messages.chunk(seed=3, number=0, count=COUNT)} == sent
    assert {one.topic: one for one in messages.chunk(seed=3, number=1, count=COUNT)} != sent
    assert {one.topic: one for one in messages.chunk(seed=4, number=0, count=COUNT)} != sent


def test_topics_have_their_shares(sent: dict[str, messages.Messages]) -> None:
    assert {topic: len(one.values) / COUNT for topic, one in sent.items()} == events.SHARES
    assert all(len(one.keys) == len(one.values) for one in sent.values())


def test_json_has_350_to_500_bytes_on_average(sent: dict[str, messages.Messages]) -> None:
    sizes = {topic: sum(map(len, one.values)) / len(one.values) for topic, one in sent.items()}
    assert {topic: size for topic, size in sizes.items() if not 350 <= size <= 500} == {}


def test_some_are_sent_twice_and_some_cannot_be_read(sent: dict[str, messages.Messages]) -> None:
    values = sent["health-metrics"].values
    repeated = sum(times - 1 for times in Counter(values).values())
    assert repeated / len(values) == pytest.approx(0.005, abs=0.001)
    unreadable = sum(not _is_json(value) for value in values)
    assert unreadable / len(values) == pytest.approx(0.003, abs=0.002)


def _is_json(value: bytes) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def test_few_people_send_much(sent: dict[str, messages.Messages]) -> None:
    devices = Counter(key.split("|")[0] for key in sent["health-metrics"].keys)
    assert devices.most_common(1)[0][1] > 20 * sum(devices.values()) / len(devices)


def test_two_in_a_hundred_are_late() -> None:
    told = events.columns(3, "health-metrics", 0, COUNT)
    late = sum(delay > 3_600_000 for delay in told["delay"].to_pylist())
    assert late / len(told) == pytest.approx(0.02, abs=0.005)


def test_a_workout_lasts_minutes_from_started_to_finished() -> None:
    told = events.columns(3, "workout-data", 0, COUNT).to_pylist()
    of_one = [(event["at_ms"], event["kind"]) for event in told if event["bunch"] == 1]
    assert sorted(of_one) == of_one
    assert (of_one[0][1], of_one[-1][1]) == ("started", "finished")
    assert of_one[-1][0] - of_one[0][0] < 900_000
