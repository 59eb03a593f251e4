"""Lakes that hold so many days: events, day by day → our jobs → a lake below the home, built once → linked for a run.

All days of a history land in one batch: what grows with it are partitions, files and rows, not the number of commits.
"""

import shutil

from benchmarks import lakes
from benchmarks.input import days, topics
from benchmarks.kafka_to_marts import tables
from benchmarks.kafka_to_marts.ours import Ours
from benchmarks.workloads import Given
from lake_layout.contracts import KafkaLog, Zone, contract
from lake_layout.profile import profile
from spark_jobs import code_version, commits, read, session, write
from spark_jobs.raw import broker, kafka_log


def link(given: Given, count: int) -> None:
    """Give the run a lake of the `count` days before day 0, built to gold, which has landed all that was ever sent."""
    folder = profile().home / "lake" / "days"
    made = folder / f"{given.events}-{given.seed}-{code_version.current()}" / str(count)
    if not made.exists():
        for other in set(folder.glob("*")) - {made.parent}:
            shutil.rmtree(other)
        _build(given, count)
        made.parent.mkdir(parents=True, exist_ok=True)
        lakes.of_run().rename(made)
    lakes.like(made)
    topics.empty()
    _stand_at_the_end()


def _build(given: Given, count: int) -> None:
    lakes.with_people(given)
    _make_tables()
    topics.empty()
    topics.send(days.sent(given.seed, given.events, range(-count, 0)))
    ours = Ours()
    for stage in (ours.land, ours.bronze, ours.silver, ours.gold):
        stage()


def _make_tables() -> None:
    """Empty ones: a lake without days is one on which no day was, not one whose tables are made on day 0."""
    with session.opened("bench") as spark:
        for zone, chosen in tables.ZONES:
            for address in chosen:
                write.make_table(spark, contract(address), zone)


def _stand_at_the_end() -> None:
    """Other runs have sent events since this lake was built: it says that it has landed them."""
    with session.opened("bench") as spark:
        for of in map(contract, tables.SOURCES):
            assert isinstance(of.origin, KafkaLog)
            topic = of.origin.topic
            _, end = broker.offsets(topic)
            commit = commits.progress(of, Zone.RAW).plan(kafka_log.position(topic, broker.topic_id(topic), end))
            write.append(read.table(spark, of, Zone.RAW).limit(0), of, Zone.RAW, commit)
