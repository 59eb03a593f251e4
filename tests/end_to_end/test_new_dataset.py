"""A Kafka dataset is added by its contract, its rules and one dbt staging model: nothing else is written by hand.

A copy of the repository with a stack of its own → what the guide for engineers has its reader type, and what they see →
every zone, and the model as an analyst sees it.
"""

import json
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
from deltalake import DeltaTable

from lake_layout.profile import REPOSITORY, profile
from local_stack.simulator.database import make_tables
from tests.end_to_end.guide import follow, not_in_files, steps
from tests.end_to_end.running_lake import RunningLake, fresh

pytestmark = pytest.mark.long
ADDRESS, MODEL = "app/hydration_events", "stg_app__hydration_events"
HERE = Path(__file__).parent
WRITTEN, CHANGED, MART = (HERE / name for name in ("new_dataset", "new_rule", "new_mart"))
SECTIONS = ("Add a source", "Add a rule")
GENERATED = {
    "dbt_project/models/staging/_sources.yml",
    "dbt_project/models/staging/_columns.md",
    "docs/datasets.md",
}
COPY = REPOSITORY / ".lake-test-new-dataset"

# The messages that the guide sends, by their lines in the file.
LINES = (HERE / "drinks.jsonl").read_bytes().splitlines()
DROP, GOOD = json.loads(LINES[19]), [json.loads(line) for line in (*LINES[:19], *LINES[20:22])]
# The first one comes again before it, with 999 ml.
NOT_DRINKABLE = json.loads(LINES[23])
BAD = dict(
    zip(
        LINES[24:],
        (
            "not_json: the text is not one JSON object",
            "missing: user_id",
            "cannot_type: occurred_at is not timestamp: yesterday",
            "drink_is_known: not a drink this platform knows",
        ),
        strict=True,
    )
)
DAY = date(2025, 3, 24)
# The last one does not know its offset, and where anna lives it is the next morning.
DATES = {event["event_id"]: DAY for event in GOOD} | {"event-21": date(2025, 3, 25)}


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
    # A mart that is in production, of which no file of the repository knows.
    shutil.copytree(MART / "models", COPY / "dbt_project" / "models", dirs_exist_ok=True)
    git("init", "--quiet")
    git("add", "--all")
    git("-c", "user.name=engineer", "-c", "user.email=engineer@localhost", "commit", "--quiet", "--message", "Begin")


def know_anna(lake: RunningLake) -> None:
    """The application database of a new platform: all its tables, one user, one phone."""
    with psycopg.connect(lake.connections["postgres"]["dsn"], dbname="fitness_app") as connection:
        make_tables(connection)
        connection.execute("insert into users (user_id, time_zone) values ('anna', 'Asia/Tokyo')")
        phone = "insert into devices (device_id, user_id, priority, owned_from) values (%s, %s, 1, %s)"
        connection.execute(phone, ["phone", "anna", DAY])


@pytest.fixture(scope="module")
def lake(warm_spark: dict[str, str]) -> Iterator[RunningLake]:
    """The copy's stack after all that the guide does; a Spark server knows no dataset, so any will do."""
    copy_repository()
    own_code = {
        "PYTHONPATH": str(COPY),
        "LAKE_JARS": str(profile().jars),
        "DBT_PROFILES_DIR": str(COPY / "dbt_project"),
    }
    with closing(fresh(f"{COPY.name}/.lake", port_offset=700, spark=warm_spark, **own_code)) as stacks:
        running = next(stacks)
        know_anna(running)
        for section in SECTIONS:
            follow(steps("engineer.md", section), COPY, running.environment)
        yield running


def rows(zone: str, *columns: str) -> list[tuple[Any, ...]]:
    found = DeltaTable(COPY / ".lake" / "lake" / zone / ADDRESS / "v1").to_pyarrow_table(columns=list(columns))
    return [tuple(row.values()) for row in found.to_pylist()]


def test_three_files_are_written_by_hand_one_is_changed_and_the_rest_is_generated(lake: RunningLake) -> None:
    written = {str(path.relative_to(WRITTEN)) for path in WRITTEN.rglob("*") if path.is_file()}
    changed = {str(path.relative_to(CHANGED)) for path in CHANGED.rglob("*") if path.is_file()}
    assert (len(written), len(changed)) == (3, 1)
    assert changed < written
    assert set(git("ls-files", "-z", "--others", "--exclude-standard")) == written
    assert set(git("diff", "-z", "--name-only")) == GENERATED
    lake.command("contracts", "check")


@pytest.mark.parametrize("section, folder", zip(SECTIONS, (WRITTEN, CHANGED), strict=True))
def test_the_guide_shows_what_stands_in_the_files(section: str, folder: Path) -> None:
    assert not_in_files("engineer.md", section, folder) == []


def test_every_message_is_accepted_or_in_quarantine_with_its_reason(lake: RunningLake) -> None:
    assert len(rows("raw", "_offset")) == len(LINES)
    statuses = Counter(status for (status,) in rows("bronze", "_status"))
    assert statuses == {"accepted": len(LINES) - len(BAD), "rejected": len(BAD)}
    quarantine = [row[1:] for row in rows("bronze", "_status", "_payload", "_reasons") if row[0] == "rejected"]
    assert dict(quarantine) == {value: [why] for value, why in BAD.items()}


def test_silver_has_each_event_once_on_its_local_day_and_keeps_the_implausible_apart(lake: RunningLake) -> None:
    found = rows("silver", "_status", "event_id", "event_date", "volume_ml", "_reasons")
    assert sorted(row[1:4] for row in found if row[0] == "accepted") == sorted(
        (event["event_id"], DATES[event["event_id"]], 250) for event in GOOD
    )
    assert sorted(row[1:] for row in found if row[0] == "rejected") == [
        (DROP["event_id"], DAY, 5, ["volume_is_more_than_a_drop: nobody logs a drop"]),
        (NOT_DRINKABLE["event_id"], DAY, 90_000, ["volume_is_plausible: nobody drinks that at once"]),
    ]


def test_the_production_model_is_built_by_the_nightly_run(lake: RunningLake) -> None:
    results = json.loads((COPY / ".lake" / "dbt" / "clickhouse" / "run_results.json").read_text())["results"]
    statuses = {one["unique_id"]: one["status"] for one in results}
    assert statuses[f"model.fitness.{MODEL}"] == "success"
    sql = "select event_id, event_date from lake.app__hydration_events"
    assert dict(lake.clickhouse(reader=False).query(sql).result_rows) == DATES


def test_a_new_mart_reaches_readers_with_the_nightly_run(lake: RunningLake) -> None:
    columns = lake.clickhouse().query("describe marts.fct_step_weeks").result_rows
    assert {(name, comment) for name, _type, _kind, _default, comment, *_ in columns} >= {
        ("ten_thousand_count", "Those of at least 10,000 steps.")
    }
