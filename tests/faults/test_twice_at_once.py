"""The same interval is triggered twice, at once: both work at it, and every record is there once."""

import os
import subprocess
import sys
from collections.abc import Callable

from lake_layout import tables
from lake_layout.contracts import Contract, Zone
from spark_jobs import ending, storage
from spark_jobs.raw import broker
from tests.landing_stack import produce, topic

EVENT = '{"reading_id": "r%d", "measured_at": "2025-03-24T07:15:03Z", "value": 1}'
MESSAGES = 20_000
FAILED = 1


def at_once(environment: dict[str, str], *arguments: str) -> None:
    """Two jobs of the same command, begun together, to the end of both: one works, the other may be tried again."""
    command = [sys.executable, "-m", "spark_jobs", *arguments]
    both = [
        subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [job.communicate(timeout=300)[1].decode() for job in both]
    codes = {job.returncode for job in both}
    assert 0 in codes and codes <= {0, FAILED, ending.UNREACHABLE}, "\n".join(said)


def test_two_runs_of_each_job_at_once_land_and_type_every_message_once(
    environment: dict[str, str], on_its_own_topic: Callable[[str], Contract]
) -> None:
    readings = on_its_own_topic("tests/readings")
    produce(readings, [EVENT % n for n in range(MESSAGES)])
    for job in ("land", "bronze"):
        # Who comes second ends what the first left running; one of the two may have to try again, as a task does.
        at_once(environment, job, readings.address)
        command = [sys.executable, "-m", "spark_jobs", job, readings.address]
        subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
    first, end = broker.offsets(topic(readings))
    sent = sorted((partition, offset) for partition in end for offset in range(first[partition], end[partition]))
    assert len(sent) >= MESSAGES
    for zone in (Zone.RAW, Zone.BRONZE):
        table = storage.open_table(tables.path(readings, zone))
        assert table is not None
        rows = table.to_pyarrow_table(columns=["_partition", "_offset"]).to_pylist()
        assert sorted((row["_partition"], row["_offset"]) for row in rows) == sent
