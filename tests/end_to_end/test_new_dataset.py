"""A Kafka dataset is added by its contract, its rules and one dbt staging model: nothing else is written by hand.

A copy of the repository + the three files of `new_dataset/` → `lake contracts generate` → a stack of the copy's own →
messages, good and bad → `land_sources`, `daily_etl` → every zone, and the model as an analyst sees it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Producer
from deltalake import DeltaTable

from lake_layout.profile import REPOSITORY, profile
from local_stack.simulator.database import make_tables
from tests.end_to_end.running_lake import LAKE, RunningLake, fresh

DAY = "2025-03-24"
TOPIC, ADDRESS, MODEL = "hydration-events", "app/hydration_events", "stg_app__hydration_events"
WRITTEN = Path(__file__).with_name("new_dataset")
GENERATED = {
    "dbt_project/models/staging/_sources.yml",
    "dbt_project/models/staging/_columns.md",
    "docs/datasets.md",
}
COPY = REPOSITORY / ".lake-test-new-dataset"


def drink(number: int, **changes: Any) -> dict[str, Any]:
    at = f"{DAY}T{number:02}:00:00+01:00"
    good = {"event_id": f"event-{number:02}", "user_id": "anna", "drink": "water", "volume_ml": 250}
    return {**good, "occurred_at": at, "sent_at": "2025-03-25T05:00:00Z", **changes}


GOOD = [
    *(drink(hour) for hour in range(20)),
    drink(20, occurred_at=f"{DAY}T23:30:00-05:00"),
    drink(21, occurred_at=f"{DAY}T23:30:00Z"),
]
TWICE = drink(0, volume_ml=999)
NOT_DRINKABLE = drink(22, volume_ml=90_000)
BAD: dict[bytes, str] = {
    b'{"event_id": "cut off': "not_json: the text is not one JSON object",
    json.dumps(drink(23, user_id=None)).encode(): "missing: user_id",
    json.dumps(drink(24, occurred_at="yesterday")).encode(): "cannot_type: occurred_at is not timestamp: yesterday",
    json.dumps(drink(23, drink="petrol")).encode(): "drink_is_known: not a drink this platform knows",
}
# The last one does not know its offset, and where anna lives it is the next morning.
DATES = {event["event_id"]: date.fromisoformat(DAY) for event in GOOD} | {"event-21": date(2025, 3, 25)}


def git(*arguments: str, at: Path = COPY) -> list[str]:
    """What git lists, name by name."""
    done = subprocess.run(["git", *arguments], cwd=at, check=True, capture_output=True, text=True)
    return [name for name in done.stdout.split("\0") if name]


def copy_repository() -> None:
    """All that git knows or would take; the home of an earlier copy stays until its stack is down."""
    COPY.mkdir(exist_ok=True)
    for old in COPY.iterdir():
        if old.is_dir() and not old.is_symlink() and old.name != ".lake":
            shutil.rmtree(old)
        elif old.name != ".lake":
            old.unlink()
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard", at=REPOSITORY):
        if (REPOSITORY / name).exists():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, COPY / name)
    (COPY / ".venv").symlink_to(Path(sys.prefix))
    git("init", "--quiet")
    git("add", "--all")


def know_anna(lake: RunningLake) -> None:
    """The application database of a new platform: all its tables, one user, one phone."""
    with psycopg.connect(lake.connections["postgres"]["dsn"], dbname="fitness_app") as connection:
        make_tables(connection)
        connection.execute("insert into users (user_id, time_zone) values ('anna', 'Asia/Tokyo')")
        phone = "insert into devices (device_id, user_id, priority, owned_from) values (%s, %s, 1, %s)"
        connection.execute(phone, ["phone", "anna", DAY])


def send(lake: RunningLake) -> None:
    keys = lake.connections["kafka"]
    producer = Producer(
        {
            "bootstrap.servers": keys["bootstrap"],
            "security.protocol": keys["security_protocol"],
            "sasl.mechanism": keys["sasl_mechanism"],
            "sasl.username": keys["user"],
            "sasl.password": keys["password"],
        }
    )
    for event in (*GOOD, TWICE, NOT_DRINKABLE):
        producer.produce(TOPIC, json.dumps(event), key=event["user_id"])
    for value in BAD:
        producer.produce(TOPIC, value)
    assert producer.flush(30) == 0


@pytest.fixture(scope="module")
def lake(stack: RunningLake) -> Iterator[RunningLake]:
    """The copy's stack, after one landing and one run; a Spark server knows no dataset, so it is that of `stack`."""
    copy_repository()
    shutil.copytree(WRITTEN, COPY, dirs_exist_ok=True)
    own_code = {"PYTHONPATH": str(COPY), "LAKE_JARS": str(profile().jars)}
    RunningLake(COPY / ".lake", {**os.environ, **own_code}).command("contracts", "generate")
    with closing(fresh(f"{COPY.name}/.lake", port_offset=700, spark_of=stack, **own_code)) as stacks:
        running = next(stacks)
        know_anna(running)
        send(running)
        running.command("run", "land_sources")
        running.command("run", "daily_etl")
        yield running


def rows(zone: str, *columns: str) -> list[tuple[Any, ...]]:
    found = DeltaTable(COPY / ".lake" / "lake" / zone / ADDRESS / "v1").to_pyarrow_table(columns=list(columns))
    return [tuple(row.values()) for row in found.to_pylist()]


def test_three_files_are_written_by_hand_and_the_rest_is_generated(lake: RunningLake) -> None:
    written = {str(path.relative_to(WRITTEN)) for path in WRITTEN.rglob("*") if path.is_file()}
    assert len(written) == 3
    assert set(git("ls-files", "-z", "--others", "--exclude-standard")) == written
    assert set(git("diff", "-z", "--name-only")) == GENERATED
    lake.command("contracts", "check")


def test_every_message_is_accepted_or_in_quarantine_with_its_reason(lake: RunningLake) -> None:
    sent = len(GOOD) + 2 + len(BAD)
    assert len(rows("raw", "_offset")) == sent
    statuses = Counter(status for (status,) in rows("bronze", "_status"))
    assert statuses == {"accepted": sent - len(BAD), "rejected": len(BAD)}
    quarantine = [row[1:] for row in rows("bronze", "_status", "_payload", "_reasons") if row[0] == "rejected"]
    assert dict(quarantine) == {value: [why] for value, why in BAD.items()}


def test_silver_has_each_event_once_on_its_local_day_and_keeps_the_implausible_apart(lake: RunningLake) -> None:
    found = rows("silver", "_status", "event_id", "event_date", "volume_ml", "_reasons")
    assert sorted(row[1:4] for row in found if row[0] == "accepted") == sorted(
        (event["event_id"], DATES[event["event_id"]], 250) for event in GOOD
    )
    assert [row[1:] for row in found if row[0] == "rejected"] == [
        ("event-22", date.fromisoformat(DAY), 90_000, ["volume_is_plausible: nobody drinks that at once"])
    ]


def test_the_production_model_is_built_by_the_nightly_run(lake: RunningLake) -> None:
    results = json.loads((COPY / ".lake" / "dbt" / "clickhouse" / "run_results.json").read_text())["results"]
    statuses = {one["unique_id"]: one["status"] for one in results}
    assert statuses[f"model.fitness.{MODEL}"] == "success"
    sql = "select event_id, event_date from lake.app__hydration_events"
    assert dict(lake.clickhouse(reader=False).query(sql).result_rows) == DATES


def test_an_analyst_shows_the_model_with_no_further_configuration(lake: RunningLake) -> None:
    dbt = [str(LAKE.with_name("dbt")), "--quiet", "--no-use-colors"]
    query = f"select count(*) as drinks, sum(volume_ml) as all_ml from {{{{ ref('{MODEL}') }}}}"
    for command in (["build", "--select", MODEL], ["show", "--output", "json", "--inline", query]):
        done = subprocess.run([*dbt, *command], cwd=COPY / "dbt_project", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["show"] == [{"drinks": len(GOOD), "all_ml": 250 * len(GOOD)}]
