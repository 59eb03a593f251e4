"""From where to where a run reads a topic: without a broker."""

import pytest
from confluent_kafka import KafkaError

from spark_jobs.halt import Halt
from spark_jobs.raw import broker
from spark_jobs.raw.gaps import Gap
from spark_jobs.raw.kafka_log import cut, expired, next_offsets, pinned, require_same_log


def test_a_backlog_is_cut_so_that_every_partition_advances_by_its_share():
    start, end = {0: 0, 1: 5, 2: 7}, {0: 90, 1: 15, 2: 7}
    assert cut(start, end, 10) == {0: 9, 1: 6, 2: 7}
    assert cut(start, end, 100) == end


def test_a_partition_that_was_never_seen_starts_at_what_the_log_still_has():
    assert next_offsets({0: 4}, {0: 0, 1: 3}, {0: 9, 1: 5}) == {0: 4, 1: 3}
    assert expired({0: 4}, {0: 0, 1: 3}) == []


def test_records_that_expired_are_named_and_the_rest_lands():
    assert expired({0: 1, 1: 3}, {0: 3, 1: 3}) == [Gap(0, 1, 3)]
    assert next_offsets({0: 1, 1: 3}, {0: 3, 1: 3}, {0: 9, 1: 3}) == {0: 3, 1: 3}


def test_a_partition_that_came_since_the_ends_were_asked_is_left_to_the_next_run():
    assert pinned({0: 4, 1: 0}, {0: 9}) == {0: 9, 1: 0}


def test_a_run_does_not_go_back_behind_what_another_has_landed():
    assert pinned({0: 12, 1: 0}, {0: 9, 1: 5}) == {0: 12, 1: 5}


def test_a_topic_that_is_not_there_needs_a_person_and_a_leader_not_yet_chosen_needs_time():
    assert isinstance(broker.fault("topic", KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)), Halt)
    assert isinstance(broker.fault("topic", KafkaError(KafkaError.LEADER_NOT_AVAILABLE)), ConnectionError)


def test_a_topic_made_anew_needs_a_person():
    require_same_log("events", True, {0: 9}, {0: 9})
    with pytest.raises(Halt, match="made anew .partition 0: 9 landed, log ends at 3"):
        require_same_log("events", True, {0: 9}, {0: 3})
    with pytest.raises(Halt, match="made anew: the same offsets are other records"):
        require_same_log("events", False, {0: 9}, {0: 20})
