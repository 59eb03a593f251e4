"""What is made from contracts is never stale, and old messages stay readable."""

import io
import json
from pathlib import Path

import fastavro
import pytest
import yaml

from lake_layout import generate, schemas
from lake_layout.contracts import KafkaLog, contracts
from lake_layout.profile import REPOSITORY

AVRO = [c for c in contracts().values() if isinstance(c.origin, KafkaLog) and c.origin.format == "avro"]


def test_no_generated_file_is_stale() -> None:
    assert generate.stale() == []


def test_a_changed_contract_makes_its_files_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("as it was")
    monkeypatch.setattr(generate, "generated", lambda: {page: "as it should be"})
    assert generate.stale() == [page]
    assert generate.write() == [page]
    assert generate.stale() == []


def test_sources_name_every_dataset_once() -> None:
    body = yaml.safe_load(generate.dbt_sources())
    named = [f"{source['name']}/{table['name']}" for source in body["sources"] for table in source["tables"]]
    assert sorted(named) == sorted(contracts())


def test_a_column_doc_says_what_the_contract_says() -> None:
    steps = contracts()["health/daily_activity"].column("steps").description
    assert f"{{% docs health__daily_activity__steps %}}{steps}{{% enddocs %}}" in generate.dbt_column_docs()


def test_pipeline_columns_are_not_shown_to_analysts() -> None:
    assert "___" not in generate.dbt_column_docs()


@pytest.mark.parametrize("of", AVRO, ids=[c.address for c in AVRO])
def test_messages_of_every_older_schema_are_read_by_the_newest(of) -> None:
    folder = REPOSITORY / "lake_layout" / "schemas" / of.origin.topic
    newest = fastavro.parse_schema(json.loads(schemas.schema_text(of.origin.topic)))
    message = {column.name: "2025-03-24T08:00:00+01:00" for column in of.columns if column.required}
    for file in sorted(folder.glob("*.avsc")):
        older = fastavro.parse_schema(json.loads(file.read_text()))
        body = io.BytesIO()
        fastavro.schemaless_writer(body, older, message)
        body.seek(0)
        read = fastavro.schemaless_reader(body, older, newest)
        assert {name: read[name] for name in message} == message
