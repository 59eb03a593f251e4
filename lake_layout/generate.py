"""Files made from the contracts: dbt sources, dbt column docs, Avro schemas and the catalogue page.

contracts → `generated()` → path and text of each file. `lake contracts generate` writes them,
`lake contracts check` says which are stale.
"""

from pathlib import Path

import yaml

from lake_layout import run_ledger, schemas, tables
from lake_layout.contracts import Contract, KafkaLog, contracts
from lake_layout.profile import REPOSITORY

_NOTE = "Generated from lake_layout/datasets by `lake contracts generate`; do not edit."
_STAGING = REPOSITORY / "dbt_project" / "models" / "staging"
# ClickHouse has a view of every dataset in one database, Postgres a table of some in one schema. What is built for
# readers is made from the next release, what an analyst builds from the current one.
_SCHEMA = (
    "{{ 'gold' if target.type == 'postgres' else 'lake_next' if target.name.endswith('_production') else 'lake' }}"
)


def _source_table(of: Contract) -> dict[str, object]:
    name = tables.flat_name(of)
    columns = [{"name": c.name, "description": f"{{{{ doc('{name}__{c.name}') }}}}"} for c in tables.shown(of)]
    return {"name": of.dataset, "identifier": name, "description": of.description, "columns": columns}


def dbt_sources() -> str:
    """One dbt source for each source of data, one table for each dataset."""
    by_source: dict[str, list[dict[str, object]]] = {}
    for of in contracts().values():
        by_source.setdefault(of.source, []).append(_source_table(of))
    sources = [{"name": name, "schema": _SCHEMA, "tables": found} for name, found in sorted(by_source.items())]
    body = yaml.safe_dump({"version": 2, "sources": sources}, sort_keys=False, allow_unicode=True, width=1000)
    return f"# {_NOTE}\n{body}"


def dbt_column_docs() -> str:
    """A docs block for each column, so that marts quote a meaning and do not write it again."""
    blocks = [
        f"{{% docs {tables.flat_name(of)}__{column.name} %}}{column.description}{{% enddocs %}}"
        for of in contracts().values()
        for column in tables.shown(of)
    ]
    return "\n".join([*blocks, ""])


def _catalogue_row(of: Contract) -> str:
    cells = (f"`{of.address}`", " → ".join(of.zones), of.description, ", ".join(of.key), of.owner, of.keep)
    return f"| {' | '.join(cells)} |"


def dbt_run_ledger() -> str:
    """The source `ops` and the marts of the run ledger, with the columns that its tables have."""
    sources = [{"name": table.name, "description": table.description} for table in run_ledger.MARTS.values()]
    body = {
        "version": 2,
        "sources": [{"name": run_ledger.SCHEMA, "schema": run_ledger.SCHEMA, "tables": sources}],
        "models": [_ledger_mart(name, table) for name, table in run_ledger.MARTS.items()],
    }
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=1000)
    return f"# {_NOTE.replace('datasets', 'run_ledger.py')}\n{text}"


def _ledger_mart(name: str, table: run_ledger.Table) -> dict[str, object]:
    columns = [{"name": c.name, "data_type": c.clickhouse, "description": c.description} for c in table.columns]
    is_unique = {"unique_combination": {"arguments": {"columns": list(table.key)}}}
    return {"name": name, "description": table.description, "data_tests": [is_unique], "columns": columns}


def catalogue() -> str:
    """The page that lists every dataset."""
    head = [
        "# Datasets",
        "",
        f"<!-- {_NOTE} -->",
        "",
        "The columns of a dataset, with their types, units and meanings, stand in its contract, "
        "`lake_layout/datasets/<source>/<dataset>.yml`; what good rows are, in `expectations/datasets/`.",
        "",
        "| address | zones | what | key | owner | kept |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(_catalogue_row(of) for of in contracts().values()), ""])


def _avro_schemas() -> dict[Path, str]:
    """The newest schema of each Avro topic; older ones stay as they were."""
    found = {}
    for of in contracts().values():
        if isinstance(of.origin, KafkaLog) and of.origin.format == "avro":
            folder = schemas.schema_path(of.origin.topic, 1).parent
            newest = max((int(file.stem) for file in folder.glob("*.avsc")), default=1)
            found[schemas.schema_path(of.origin.topic, newest)] = schemas.schema_text(of.origin.topic)
    return found


def generated() -> dict[Path, str]:
    """Every generated file and what it must contain."""
    return {
        _STAGING / "_sources.yml": dbt_sources(),
        _STAGING / "_columns.md": dbt_column_docs(),
        _STAGING.parent / "marts" / "_run_ledger.yml": dbt_run_ledger(),
        REPOSITORY / "docs" / "datasets.md": catalogue(),
        **_avro_schemas(),
    }


def stale() -> list[Path]:
    """Generated files that are missing or differ from what the contracts say."""
    return [path for path, text in generated().items() if not path.exists() or path.read_text() != text]


def write() -> list[Path]:
    """Write what is stale; returns the files written."""
    found = stale()
    for path in found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated()[path])
    return found
