"""Grafana's dashboards as code: `dashboards.yml` → the JSON that Grafana reads, and where it finds ClickHouse.

`provisioning/` is a folder for Grafana's own (`/etc/grafana/provisioning`, with the plugin
grafana-clickhouse-datasource); address, user and password come to it as variables. Alone:
`python -m local_stack.grafana` writes what is stale.
"""

import json
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

ROOM = Path(__file__).parent
PROVISIONING = ROOM / "provisioning"
SOURCE = {"type": "grafana-clickhouse-datasource", "uid": "lake"}
_COLUMNS, _WIDTH, _HEIGHT = 24, 12, 8
_TABLE, _TIME_SERIES = 1, 0
_DRAWN = {
    "lines": ("timeseries", {"drawStyle": "line", "lineWidth": 2, "showPoints": "auto"}),
    "bars": ("timeseries", {"drawStyle": "bars", "fillOpacity": 70, "stacking": {"mode": "normal"}}),
    "stat": ("stat", {}),
    "table": ("table", {}),
}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Panel(Strict):
    """`unit` as Grafana names it."""

    title: str
    draw: Literal["lines", "bars", "stat", "table"]
    sql: str
    unit: str = "short"


class Dashboard(Strict):
    """`since` is the first instant that it shows when it is opened, as Grafana writes it."""

    title: str
    since: str = "now-30d"
    panels: tuple[Panel, ...]


def dashboards() -> dict[str, Dashboard]:
    """Every dashboard by name."""
    body = yaml.safe_load((ROOM / "dashboards.yml").read_text())
    return {name: Dashboard.model_validate(told) for name, told in body.items()}


def generated() -> dict[Path, str]:
    """Every generated file and what it must contain."""
    folder = PROVISIONING / "dashboards"
    return {folder / f"{name}.json": _json(_dashboard(name, of)) for name, of in dashboards().items()}


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _dashboard(name: str, of: Dashboard) -> dict[str, Any]:
    return {
        "uid": f"lake-{name}",
        "title": of.title,
        "tags": ["lakehouse"],
        "timezone": "utc",
        "schemaVersion": 41,
        "editable": False,
        "time": {"from": of.since, "to": "now"},
        "refresh": "5m",
        "panels": [_panel(number, panel) for number, panel in enumerate(of.panels)],
    }


def _panel(number: int, of: Panel) -> dict[str, Any]:
    kind, custom = _DRAWN[of.draw]
    is_series = kind == "timeseries"
    place = {"w": _WIDTH, "h": _HEIGHT, "x": number * _WIDTH % _COLUMNS, "y": number * _WIDTH // _COLUMNS * _HEIGHT}
    return {
        "id": number + 1,
        "type": kind,
        "title": of.title,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": of.unit, "custom": custom}, "overrides": []},
        "targets": [
            {
                "refId": "A",
                "datasource": SOURCE,
                "editorType": "sql",
                "queryType": "timeseries" if is_series else "table",
                "format": _TIME_SERIES if is_series else _TABLE,
                "rawSql": of.sql,
            }
        ],
    }


def stale() -> list[Path]:
    """Generated files that are missing or differ from what `dashboards.yml` says."""
    return [path for path, text in generated().items() if not path.exists() or path.read_text() != text]
