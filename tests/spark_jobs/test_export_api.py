"""Exports over HTTP: only with a key, only one's own, finished and without people's names, never another file."""

import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from test_export import DAYS, folder, lake, released  # noqa: F401 (fixtures)

from spark_jobs.export import job, keys, manifest
from spark_jobs.export.api import app
from spark_jobs.export.job import Wanted
from spark_jobs.export.manifest import Format, Personal


@pytest.fixture
def client(released: Path) -> TestClient:  # noqa: F811
    return TestClient(app, headers={"Authorization": f"Bearer {keys.make('gym')}"})


def test_a_partner_lists_exports_and_fetches_files_as_the_manifest_tells_them(client: TestClient) -> None:
    _uri, told = job.run(Wanted(DAYS, format=Format.CSV, partner="gym"))
    [listed] = client.get("/exports").json()
    assert (listed["dataset"], listed["rows"], listed["release_id"]) == (DAYS.address, 3, 1)
    found = client.get(f"/exports/{listed['id']}").json()
    assert [file["path"] for file in found["files"]] == [file.path for file in told.files]
    for file in found["files"]:
        answer = client.get(f"/exports/{listed['id']}/{file['path']}")
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        assert answer.headers["content-type"].startswith("text/csv")


def test_without_a_good_key_nothing_is_told(client: TestClient) -> None:
    job.run(Wanted(DAYS, partner="gym"))
    stranger = TestClient(app)
    for path in ("/exports", "/exports/r1/x/y", "/exports/r1/x/y/z", "/openapi.json", "/docs"):
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic Z3ltOmd5bQ=="}):
            assert stranger.get(path, headers=header).status_code in (401, 404)
            assert DAYS.address not in stranger.get(path, headers=header).text


def test_a_revoked_partner_stays_outside_until_there_is_a_new_key(client: TestClient) -> None:
    other = TestClient(app, headers={"Authorization": f"Bearer {keys.make('club')}"})
    keys.revoke("gym")
    assert (client.get("/exports").status_code, other.get("/exports").status_code) == (401, 200)
    again = TestClient(app, headers={"Authorization": f"Bearer {keys.make('gym')}"})
    assert (client.get("/exports").status_code, again.get("/exports").status_code) == (401, 200)
    assert [one.name for one in keys.partners()] == ["club", "gym"]
    with pytest.raises(LookupError, match="pub has no key"):
        keys.revoke("pub")


def test_unfinished_exports_and_those_that_name_people_are_not_there(client: TestClient) -> None:
    uri, _told = job.run(Wanted(DAYS, partner="gym"))
    (folder(uri) / manifest.NAME).unlink()
    job.run(Wanted(DAYS, personal=Personal.KEEP, partner="gym"))
    assert client.get("/exports").json() == []


def test_a_partner_sees_no_export_of_another_nor_one_that_is_nobodys(client: TestClient) -> None:
    job.run(Wanted(DAYS))
    job.run(Wanted(DAYS, partner="club"))
    club = TestClient(app, headers={"Authorization": f"Bearer {keys.make('club')}"})
    [listed] = club.get("/exports").json()
    file = f"/exports/{listed['id']}/2025-03-24.parquet"
    assert (client.get("/exports").json(), club.get(file).status_code) == ([], 200)
    for path in (f"/exports/{listed['id']}", file):
        assert client.get(path).status_code == 404


def test_a_manifest_that_is_none_keeps_nobody_from_the_others(client: TestClient) -> None:
    uri, _told = job.run(Wanted(DAYS, partner="gym"))
    job.run(Wanted(DAYS, format=Format.CSV, partner="gym"))
    (folder(uri) / manifest.NAME).write_text('{"dataset": "health')
    assert [one["format"] for one in client.get("/exports").json()] == ["csv"]


@pytest.mark.parametrize("name", ["../../../profile.env", "%2e%2e%2f_manifest.json", "_manifest.json", "nothing.csv"])
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    job.run(Wanted(DAYS, partner="gym"))
    [listed] = client.get("/exports").json()
    assert client.get(f"/exports/{listed['id']}/{name}").status_code == 404


def test_the_lake_keeps_no_key(released: Path) -> None:  # noqa: F811
    made = keys.make("gym")
    assert keys.owner(made) == "gym"
    stored = b"".join(path.read_bytes() for path in (released / "ops" / "api_keys").rglob("*") if path.is_file())
    assert made.encode() not in stored and made.removeprefix("lake_").encode() not in stored
    with pytest.raises(ValueError):
        keys.make("Not a name")
