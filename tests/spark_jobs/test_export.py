"""Exports: the rows of a release in files, whole or not there, with people told apart and not named."""

import csv
import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from lake_layout import tables
from lake_layout.contracts import Zone, contract
from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.export import job, manifest
from spark_jobs.export.job import Wanted
from spark_jobs.export.manifest import Format, Personal
from spark_jobs.release import log
from spark_jobs.release.log import Did, Event, Pinned

DAYS = contract("health/daily_activity")
MONDAY, TUESDAY = date(2025, 3, 24), date(2025, 3, 25)


def rows(*told: tuple[str, date, int | None]) -> pa.Table:
    users, dates, steps = zip(*told, strict=True)
    columns = {"user_id": pa.array(users), "activity_date": pa.array(dates), "steps": pa.array(steps, pa.int64())}
    return pa.table({**columns, "distance_m": pa.array([None] * len(told), pa.decimal128(14, 3))})


@pytest.fixture
def lake(own_lake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAKE_LAKE__EXPORT_SECRET", "secret")
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    profile.cache_clear()
    return tmp_path / "lake"


def put(table: pa.Table) -> None:
    path = storage.local_path(tables.path(DAYS, Zone.GOLD))
    write_deltalake(str(path), table, mode="overwrite", partition_by=["activity_date"])


def release(number: int, version: int = 0) -> None:
    pin = Pinned(DAYS.address, "gold", "gold/health/daily_activity/v1", "id", version, 3, TUESDAY)
    log.append(lambda _log: Event(Did.STAGED, number, log.now(), pins=(pin,)))
    log.append(lambda _log: Event(Did.RELEASED, number, log.now()))


@pytest.fixture
def released(lake: Path) -> Path:
    put(rows(("ben", MONDAY, 7), ("anna", MONDAY, 5), ("anna", TUESDAY, None)))
    release(1)
    return lake


def folder(uri: str) -> Path:
    return Path(str(storage.local_path(uri)))


def test_a_date_is_a_file_and_the_manifest_tells_what_is_in_it(released: Path) -> None:
    uri, told = job.run(Wanted(DAYS, personal=Personal.KEEP))
    assert json.loads((folder(uri) / manifest.NAME).read_text())["rows"] == told.rows == 3
    assert [(file.path, file.rows) for file in told.files] == [("2025-03-24.parquet", 2), ("2025-03-25.parquet", 1)]
    for file in told.files:
        content = (folder(uri) / file.path).read_bytes()
        assert (file.size_bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert {column.name: column.type for column in told.columns}["distance_m"] == "decimal(14,3)"
    assert (told.release_id, told.lake_version, told.grain) == (1, 0, ("user_id", "activity_date"))


def test_other_engines_read_what_the_release_has(released: Path) -> None:
    uri, _told = job.run(Wanted(DAYS, personal=Personal.KEEP))
    found = duckdb.sql(f"select user_id, activity_date, steps from '{folder(uri)}/*.parquet' order by all").fetchall()
    assert found == [("anna", MONDAY, 5), ("anna", TUESDAY, None), ("ben", MONDAY, 7)]
    assert pq.read_table(folder(uri) / "2025-03-24.parquet").column("user_id").to_pylist() == ["anna", "ben"]


def test_an_export_is_of_the_release_and_not_of_what_came_since(released: Path) -> None:
    put(rows(("carl", MONDAY, 1)))
    _uri, told = job.run(Wanted(DAYS, personal=Personal.KEEP))
    assert told.rows == 3
    release(2, version=1)
    _uri, told = job.run(Wanted(DAYS, personal=Personal.KEEP))
    assert (told.release_id, told.rows) == (2, 1)


def test_the_same_export_is_made_once_and_one_that_was_cut_short_anew(released: Path) -> None:
    uri, told = job.run(Wanted(DAYS))
    assert job.run(Wanted(DAYS)) == (uri, told)
    (folder(uri) / manifest.NAME).unlink()
    (folder(uri) / "2020-01-01.parquet").write_bytes(b"half")
    again_uri, again = job.run(Wanted(DAYS))
    assert (again_uri, again.files) == (uri, told.files)
    assert {path.name for path in folder(uri).iterdir()} == {manifest.NAME, *(file.path for file in told.files)}


@pytest.mark.parametrize("left", ["", '{"dataset": "health', "[1]", '{"dataset": "health/daily_activity"}'])
def test_an_export_whose_manifest_is_none_was_never_finished(released: Path, left: str) -> None:
    uri, told = job.run(Wanted(DAYS))
    (folder(uri) / manifest.NAME).write_text(left)
    again_uri, again = job.run(Wanted(DAYS))
    assert (again_uri, again.files) == (uri, told.files)
    assert json.loads((folder(uri) / manifest.NAME).read_text())["rows"] == told.rows


def test_of_equal_exports_at_once_one_is_made_and_all_get_it(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, write = [], job._manifest

    def noted(*told: Any) -> manifest.Manifest:
        made.append(told)
        return write(*told)

    monkeypatch.setattr(job, "_manifest", noted)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: job.run(Wanted(DAYS)), range(8)))
    assert len(made) == 1
    assert dict(found) == {found[0][0]: found[0][1]} and len(found[0][1].files) == 2


def test_each_partner_has_an_export_of_its_own(released: Path) -> None:
    uris = {job.run(Wanted(DAYS, partner=partner))[0] for partner in (None, "gym", "club")}
    assert len(uris) == 3
    for wrong in ("", "../gym", "Gym"):
        with pytest.raises(ValueError, match="is not a name"):
            job.run(Wanted(DAYS, partner=wrong))


def test_no_id_of_a_thing_of_a_person_is_told(lake: Path) -> None:
    goals = contract("fitness/monthly_goals")
    shown = {told.name: told.personal for _column, told in job._columns(Wanted(goals))}
    assert (shown["user_id"], shown["goal_id"], shown["goal_type"]) == ("hash", "hash", None)
    sleeps = contract("wearables/sleep_sessions")
    shown = {told.name: told.personal for _column, told in job._columns(Wanted(sleeps))}
    assert (shown["device_id"], shown["sleep_session_id"]) == ("hash", "hash")


def test_an_export_is_made_anew_when_a_column_has_become_personal(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _uri, told = job.run(Wanted(DAYS))
    assert "steps" in {column.name for column in told.columns}
    monkeypatch.setattr(job, "_MADE_OF_PEOPLE", {"steps"})
    _uri, told = job.run(Wanted(DAYS))
    assert "steps" not in {column.name for column in told.columns}


def test_dates_are_chosen_with_both_ends(released: Path) -> None:
    for span, names in (
        ((TUESDAY, None), ["2025-03-25"]),
        ((None, MONDAY), ["2025-03-24"]),
        ((date(2026, 1, 1), None), []),
    ):
        _uri, told = job.run(Wanted(DAYS, *span))
        assert [file.path.removesuffix(".parquet") for file in told.files] == names


def test_people_are_told_apart_and_not_named(released: Path) -> None:
    uri, told = job.run(Wanted(DAYS))
    users = [
        user for file in told.files for user in pq.read_table(folder(uri) / file.path).column("user_id").to_pylist()
    ]
    assert len(set(users)) == 2 and not {"anna", "ben"} & set(users)
    assert {column.name: column.personal for column in told.columns}["user_id"] == "hash"
    _uri, dropped = job.run(Wanted(DAYS, personal=Personal.DROP))
    assert "user_id" not in {column.name for column in dropped.columns}


def test_rows_are_in_the_order_of_their_key_also_where_it_is_left_out(lake: Path) -> None:
    of = contract("social/interactions")
    columns = {"event_id": ["b", "a"], "interaction_type": ["like", "share"], "_status": ["accepted"] * 2}
    silver = pa.table({**columns, "event_date": [MONDAY] * 2})
    path = str(storage.local_path(tables.path(of, Zone.SILVER)))
    write_deltalake(path, silver, partition_by=["_status", "event_date"])
    pin = Pinned(of.address, "silver", "silver/social/interactions/v1", "id", 0, 2, MONDAY)
    log.append(lambda _log: Event(Did.STAGED, 1, log.now(), pins=(pin,)))
    log.append(lambda _log: Event(Did.RELEASED, 1, log.now()))
    uri, _told = job.run(Wanted(of, personal=Personal.DROP))
    found = pq.read_table(folder(uri) / "2025-03-24.parquet")
    assert "event_id" not in found.column_names
    assert found["interaction_type"].to_pylist() == ["share", "like"]


def test_csv_says_the_same(released: Path) -> None:
    uri, _told = job.run(Wanted(DAYS, format=Format.CSV, personal=Personal.KEEP))
    lines: list[dict[str, Any]] = list(csv.DictReader(io.StringIO((folder(uri) / "2025-03-24.csv").read_text())))
    assert [(line["user_id"], line["steps"]) for line in lines] == [("anna", "5"), ("ben", "7")]


def test_without_a_release_or_a_table_there_is_nothing_to_export(lake: Path) -> None:
    with pytest.raises(LookupError, match="nothing is released yet"):
        job.run(Wanted(DAYS))
    put(rows(("anna", MONDAY, 5)))
    release(1)
    with pytest.raises(LookupError, match="release 1 has no health/nightly_sleep"):
        job.run(Wanted(contract("health/nightly_sleep")))
