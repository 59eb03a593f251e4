"""A release makes the months that moved and links the others, and holds the same as if it had made all."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest
import tiny_lake
from clickhouse_connect.driver.client import Client
from put_back import put_back

from spark_jobs.publish import clickhouse as to_clickhouse
from spark_jobs.publish import pins
from spark_jobs.release import job, log, months
from spark_jobs.release.log import Did, Event, Log
from spark_jobs.verify import warehouses
from spark_jobs.verify.findings import Finding, Verdict

MAY = date(2025, 5, 5)
HOURS = "health/hourly_steps"


def hour(steps: int) -> dict[str, object]:
    return {"user_id": "anna", "event_date": MAY, "local_hour": 8, "utc_offset_minutes": 120, "steps": steps}


@dataclass(frozen=True)
class Two:
    """Two releases, and what the proof says when the second has just been made."""

    first: int
    second: int
    proof: list[Finding]


@pytest.fixture(scope="module")
def two(warehouse_environment: dict[str, str], _built: None) -> Iterator[Two]:
    """A release with rows of March and May, somebody who meddles with it, and the next, for which May changed."""
    with put_back(warehouse_environment):
        tiny_lake.write(HOURS, [*tiny_lake.HOURLY_STEPS, hour(100)])
        first = job.run()["release"]
        with to_clickhouse.owner() as client:
            client.command(f"DELETE FROM marts_r{first}.fct_nightly_sleep WHERE user_id = 'anna'")
        tiny_lake.write(HOURS, [hour(200)], only=MAY)
        second = job.run()["release"]
        yield Two(first, second, warehouses.check())


def files(client: Client, release_id: int, mart: str) -> dict[str, set[int]]:
    """Month → the files of its columns, as the file system knows them."""
    parts = "SELECT partition_id, path FROM system.parts WHERE active AND database = '{}' AND table = '{}'"
    found: dict[str, set[int]] = {}
    for month, path in client.query(parts.format(f"marts_r{release_id}", mart)).result_rows:
        with os.scandir(path) as entries:
            found.setdefault(month, set()).update(one.inode() for one in entries if one.name.endswith(".bin"))
    return found


def test_months_that_did_not_move_are_the_same_files_and_the_others_are_new(two: Two, clickhouse: Client) -> None:
    first, second = (files(clickhouse, release, "fct_hourly_steps") for release in (two.first, two.second))
    assert first.keys() == second.keys() == {"202503", "202505"}
    assert first["202503"] and first["202503"] == second["202503"]
    assert not first["202505"] & second["202505"]


def test_a_mart_that_somebody_meddled_with_is_made_anew(two: Two, clickhouse: Client) -> None:
    first, second = (files(clickhouse, release, "fct_nightly_sleep") for release in (two.first, two.second))
    assert not first["202503"] & second["202503"]


def test_all_marts_hold_what_gold_holds(two: Two, clickhouse: Client) -> None:
    steps = f"SELECT steps FROM marts_r{two.second}.fct_hourly_steps WHERE event_date = '{MAY}'"
    assert [tuple(row) for row in clickhouse.query(steps).result_rows] == [(200,)]
    assert [one for one in two.proof if one.verdict is not Verdict.GOOD] == []


def told(client: Client, found: Log, release_id: int) -> dict[str, tuple[str, str]]:
    months.tell(client, found, pins.choose(), release_id)
    rows = client.query("SELECT dataset, base, months FROM staging_next.moved_months").result_rows
    client.command("DROP DATABASE staging_next")
    return {dataset: (base, moved) for dataset, base, moved in rows}


def test_months_are_told_only_of_a_release_that_can_be_built_upon(two: Two, clickhouse: Client) -> None:
    now, last = log.read(), two.second
    assert now.current == last
    base = (f"marts_r{last}", "")
    assert told(clickhouse, now, last)["health__hourly_steps"] == base
    failed = Event(Did.FAILED, last + 1, log.now(), gate="verify", sequence=now.events[-1].sequence + 1)
    assert told(clickhouse, Log((*now.events, failed)), last) == {}
    others = tuple(replace(one, made_of="others") if one.release_id == last else one for one in now.events)
    assert told(clickhouse, Log((*others, replace(failed, did=Did.STAGED, made_of=now.made_of(last)))), last + 1) == {}
    elsewhere = tuple(replace(one, release_id=4711) if one.release_id == last else one for one in now.events)
    assert told(clickhouse, Log(elsewhere), 4711) == {}
    tiny_lake.write(HOURS, [hour(300), {**hour(1), "event_date": date(1, 1, 1)}])
    try:
        assert "health__hourly_steps" not in told(clickhouse, now, last)
        tiny_lake.write(HOURS, [hour(300)], only=MAY)
        tiny_lake.write(HOURS, [hour(200)])
        tiny_lake.write(HOURS, [{**hour(1), "event_date": date(2025, 6, 1)}])
        assert told(clickhouse, now, last)["health__hourly_steps"] == (f"marts_r{last}", "202503,202505,202506")
    finally:
        tiny_lake.write(HOURS, [*tiny_lake.HOURLY_STEPS, hour(200)])


def test_the_fingerprint_follows_models_macros_views_of_the_lake_and_the_server(tmp_path, monkeypatch) -> None:
    before = months.fingerprint("25.8")
    assert months.fingerprint("25.8") == before
    monkeypatch.setattr(months, "_DBT", tmp_path)
    monkeypatch.setattr(months, "_VIEWS", (tmp_path / "views.py",))
    for folder in ("models/marts", "models/staging", "macros"):
        (tmp_path / folder).mkdir(parents=True)
    texts = {"dbt_project.yml": "name: other", "views.py": "", "models/marts/a.sql": "select 1", "macros/a.sql": ""}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    seen = {before, months.fingerprint("25.8"), months.fingerprint("25.9")}
    for name in texts:
        (tmp_path / name).write_text("something else")
        seen.add(months.fingerprint("25.8"))
    (tmp_path / "models/marts/a.sql").rename(tmp_path / "models/staging/a.sql")
    seen.add(months.fingerprint("25.8"))
    assert len(seen) == 3 + len(texts) + 1
