"""Pages in the Airflow UI: for those who are logged in, and nothing but what stands in their folders."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.api_fastapi.core_api.security import get_user
from fastapi.testclient import TestClient

from dags.plugins.pages import PAGES, Pages, app
from lake_layout.profile import profile


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    profile.cache_clear()
    (tmp_path / "profile.env").write_text("password")
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "index.html").write_text("all datasets")
    yield tmp_path
    monkeypatch.undo()
    profile.cache_clear()


@pytest.fixture
def logged_in(home: Path) -> Iterator[TestClient]:
    app.dependency_overrides[get_user] = object
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_a_page_is_there_once_it_is_made(logged_in: TestClient) -> None:
    assert logged_in.get("/catalogue/index.html").text == "all datasets"
    missing = logged_in.get("/data_docs/index.html")
    assert (missing.status_code, "lake run docs" in missing.text) == (404, True)


@pytest.mark.parametrize(
    "path", ["/profile.env", "/catalogue/../profile.env", "/catalogue/%2e%2e/profile.env", "/%2e%2e/profile.env",
             "/catalogue/..%2fprofile.env", "/./profile.env", "/catalogue//etc/passwd"],
)  # fmt: skip
def test_nothing_else_of_the_home_is_shown(path: str, logged_in: TestClient) -> None:
    answer = logged_in.get(path)
    assert answer.status_code == 404
    assert "password" not in answer.text


def test_nobody_else_sees_a_page(home: Path) -> None:
    assert TestClient(app).get("/catalogue/index.html").status_code == 401


def test_every_page_has_its_place_in_the_menu() -> None:
    assert {view["href"].removeprefix("/lake/") for view in Pages.external_views} == set(PAGES.values())
    assert len({view["url_route"] for view in Pages.external_views}) == len(PAGES)
