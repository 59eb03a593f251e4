"""Superset's assets hold together, ask for columns that the marts have, and name no password."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lake_layout.profile import REPOSITORY, profile
from lake_layout.sections import HOST
from local_stack.passwords import ensure_passwords, remember
from local_stack.services import all_services
from local_stack.superset import ASSETS
from local_stack.superset import service as superset
from tests.superset_assets import Chart, charts, read

_MODELS = REPOSITORY / "dbt_project" / "models"
_COLUMNS_OF_A_ROW = 12


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of this test alone, with passwords and Superset switched on."""
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    profile.cache_clear()
    ensure_passwords()
    remember({"LAKE_SUPERSET__ENABLED": "true"})
    yield tmp_path
    profile.cache_clear()


def _marts() -> dict[str, set[str]]:
    """Table, as a reader writes it → its columns."""
    files = {"marts": _MODELS / "marts" / "_marts.yml", "reporting": _MODELS / "reporting" / "_reporting.yml"}
    return {
        f"{schema}.{model['name']}": {column["name"] for column in model["columns"]}
        for schema, path in files.items()
        for model in yaml.safe_load(path.read_text())["models"]
    }


def _places(dashboard: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in dashboard["position"].values() if isinstance(one, dict) and one["type"] == kind]


@pytest.mark.parametrize("chart", charts(), ids=lambda chart: chart.file.stem)
def test_a_chart_asks_for_columns_and_metrics_that_are_there(chart: Chart) -> None:
    table = f"{chart.dataset['schema']}.{chart.dataset['table_name']}"
    dates = [one["subject"] for one in chart.params["adhoc_filters"]]
    assert {*chart.columns, *dates, chart.dataset["main_dttm_col"]} <= _marts()[table]
    assert set(chart.metrics) <= {metric["metric_name"] for metric in chart.dataset["metrics"]}
    # Groups of people, never one of them.
    assert "user_id" not in chart.columns


def test_every_chart_stands_on_one_dashboard_and_every_dataset_in_a_chart() -> None:
    shown = [place["meta"]["uuid"] for one in read("dashboards").values() for place in _places(one, "CHART")]
    assert sorted(shown) == sorted(read("charts"))
    assert {body["dataset_uuid"] for body in read("charts").values()} == set(read("datasets"))


@pytest.mark.parametrize("dashboard", read("dashboards").values(), ids=lambda one: one["slug"])
def test_every_chart_has_a_place_in_a_row_that_is_wide_enough(dashboard: dict[str, Any]) -> None:
    position = dashboard["position"]
    rows, placed = _places(dashboard, "ROW"), _places(dashboard, "CHART")
    assert position["GRID_ID"]["children"] == [row["id"] for row in rows]
    assert [name for row in rows for name in row["children"]] == [place["id"] for place in placed]
    assert {position[place["id"]]["parents"][-1] for place in placed} == {row["id"] for row in rows}
    for row in rows:
        assert sum(position[name]["meta"]["width"] for name in row["children"]) <= _COLUMNS_OF_A_ROW


def test_assets_belong_to_the_repository_and_name_no_login() -> None:
    bodies = [body for kind in ("databases", "datasets", "charts", "dashboards") for body in read(kind).values()]
    assert all(body["is_managed_externally"] for body in bodies)
    assert not any("password" in path.read_text() for path in ASSETS.rglob("*.yaml"))
    assert [body["sqlalchemy_uri"] for body in read("databases").values()] == [
        "clickhousedb://clickhouse.lake/marts",
        "postgresql+psycopg2://postgres.lake/warehouse",
    ]


def test_superset_is_a_service_where_it_is_switched_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [service.name for service in all_services()][-1] == "superset"
    monkeypatch.setenv("LAKE_SUPERSET__ENABLED", "false")
    profile.cache_clear()
    assert "superset" not in [service.name for service in all_services()]


def test_superset_listens_to_this_machine_only_and_its_command_tells_no_secret(home: Path) -> None:
    service = superset.service()
    command, settings = service.command(), profile().superset
    assert f"{HOST}:{settings.port}" in command
    secrets = [line.partition("=")[2] for line in (home / "profile.env").read_text().splitlines() if "SUPERSET" in line]
    assert len(secrets) == 3
    told = [*command, *service.environment().values()]
    assert not any(secret in one for secret in secrets if secret != "true" for one in told)
