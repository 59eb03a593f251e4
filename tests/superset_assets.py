"""Superset's assets as tests read them: what each chart asks of which table, as one plain statement."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local_stack.superset import ASSETS


def read(kind: str) -> dict[str, dict[str, Any]]:
    """Every asset of a kind by its uuid; `file` is where it stands."""
    bodies = [{**yaml.safe_load(path.read_text()), "file": path} for path in sorted((ASSETS / kind).rglob("*.yaml"))]
    assert len({body["uuid"] for body in bodies}) == len(bodies)
    return {body["uuid"]: body for body in bodies}


@dataclass(frozen=True)
class Chart:
    name: str
    file: Path
    params: dict[str, Any]
    dataset: dict[str, Any]
    warehouse: str

    @property
    def columns(self) -> list[str]:
        """What it groups by."""
        return [*([self.params["x_axis"]] if "x_axis" in self.params else []), *self.params.get("groupby", [])]

    @property
    def metrics(self) -> list[str]:
        return self.params.get("metrics") or [self.params["metric"]]

    @property
    def statement(self) -> str:
        expressions = {metric["metric_name"]: metric["expression"] for metric in self.dataset["metrics"]}
        selected = [*self.columns, *(expressions[metric] for metric in self.metrics)]
        grouped = f" group by {', '.join(self.columns)}" if self.columns else ""
        return f"select {', '.join(selected)} from {self.dataset['schema']}.{self.dataset['table_name']}{grouped}"


def charts() -> list[Chart]:
    datasets, databases = read("datasets"), read("databases")
    return [
        Chart(
            name=body["slice_name"],
            file=body["file"],
            params=body["params"],
            dataset=datasets[body["dataset_uuid"]],
            warehouse=databases[datasets[body["dataset_uuid"]]["database_uuid"]]["file"].stem,
        )
        for body in read("charts").values()
    ]
