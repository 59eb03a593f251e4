"""Which columns a model's column is made of: compiled SQL of a dbt manifest → sentences in the descriptions.

sqlglot reads the SQL; what a model is made of is followed from model to model to the tables of the lake.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sqlglot import exp
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

Entry = dict[str, Any]


class Column(NamedTuple):
    """A column of a model or source, by the manifest's id of it."""

    of: str
    name: str


@dataclass
class ColumnLineage:
    """The lineage of all models of one manifest (`target/manifest.json`) in the SQL of its warehouse."""

    manifest: Entry
    dialect: str
    _parents: dict[str, dict[str, set[Column]]] = field(default_factory=dict, init=False)

    def describe(self) -> None:
        """Tell in the description of each model's column what it is made of."""
        for key, model in self._relations.items():
            if model["resource_type"] != "model":
                continue
            for name, column in model["columns"].items():
                words = (column["description"], self._words(Column(key, name)))
                column["description"] = "\n\n".join(filter(None, words))

    def parents(self, column: Column) -> set[Column]:
        """The columns that its model reads for it; none of a column of a source, or of a constant."""
        if self._relations[column.of]["resource_type"] != "model":
            return set()
        if column.of not in self._parents:
            self._parents[column.of] = self._read(self._relations[column.of])
        return self._parents[column.of].get(column.name, set())

    def origins(self, column: Column) -> set[Column]:
        """The columns of sources at the far end."""
        if self._relations[column.of]["resource_type"] == "source":
            return {column}
        return {origin for parent in self.parents(column) for origin in self.origins(parent)}

    @cached_property
    def _relations(self) -> dict[str, Entry]:
        found = {**self.manifest["nodes"], **self.manifest["sources"]}
        return {key: one for key, one in found.items() if one["resource_type"] in ("model", "source")}

    @cached_property
    def _by_table(self) -> dict[str, str]:
        """Name of a table in the warehouse → the manifest's id."""
        return {_name(exp.to_table(one["relation_name"], self.dialect)): key for key, one in self._relations.items()}

    @cached_property
    def _schema(self) -> MappingSchema:
        schema = MappingSchema(dialect=self.dialect)
        for one in self._relations.values():
            if one["columns"]:
                table = exp.to_table(one["relation_name"], self.dialect)
                schema.add_table(table, dict.fromkeys(one["columns"], "text"))
        return schema

    def _read(self, model: Entry) -> dict[str, set[Column]]:
        found = lineage(None, model["compiled_code"], self._schema, dialect=self.dialect, trim_selects=False)
        assert isinstance(found, dict)
        return {name: set(self._leaves(node)) for name, node in found.items()}

    def _leaves(self, node: Node) -> Iterable[Column]:
        for one in node.walk():
            # What is not among them is a function that gives rows.
            table = _name(one.source) if isinstance(one.source, exp.Table) and not one.downstream else ""
            if table in self._by_table:
                yield Column(self._by_table[table], exp.to_column(one.name).name)

    def _words(self, column: Column) -> str:
        parents, origins = self.parents(column), self.origins(column)
        words = f"Made of {self._list(parents)}." if parents else ""
        return words if origins <= parents else f"{words} In the lake: {self._list(origins)}."

    def _list(self, columns: Iterable[Column]) -> str:
        return ", ".join(sorted(f"`{self._address(one.of)}.{one.name}`" for one in columns))

    def _address(self, key: str) -> str:
        one = self._relations[key]
        return f"{one['source_name']}/{one['name']}" if one["resource_type"] == "source" else one["name"]


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)
