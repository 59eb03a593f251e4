"""Dashboards as code: the JSON is what the file says, every panel has a place of its own and a statement."""

import json

import yaml

from local_stack import grafana


def test_the_json_is_what_the_file_says() -> None:
    assert grafana.stale() == []
    names = {path.stem for path in (grafana.PROVISIONING / "dashboards").glob("*.json")}
    assert names == set(grafana.dashboards())


def test_every_panel_has_a_place_of_its_own_and_asks_the_lake() -> None:
    for text in grafana.generated().values():
        panels = json.loads(text)["panels"]
        assert len({(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels}) == len(panels)
        assert all(one["targets"][0]["rawSql"].lstrip().startswith("select") for one in panels)
        assert {one["datasource"]["uid"] for one in panels} == {"lake"}


def test_a_drawn_series_has_a_time() -> None:
    for dashboard in grafana.dashboards().values():
        for panel in dashboard.panels:
            assert (" as time" in panel.sql) == (panel.draw in ("lines", "bars"))


def test_no_password_stands_in_a_file_for_grafana() -> None:
    source = yaml.safe_load((grafana.PROVISIONING / "datasources" / "lake.yaml").read_text())["datasources"][0]
    assert source["secureJsonData"]["password"] == "${CLICKHOUSE_READER_PASSWORD}"
    assert source["uid"] == grafana.SOURCE["uid"]
