"""Avro schemas of the topics that travel as Avro: `<topic>/<schema id>.avsc`, made from the topic's contract.

Write a schema anew after its contract changed: `lake contracts generate`. A change that
readers of older messages cannot follow is a new schema id.
"""

import json
from pathlib import Path

from lake_layout.contracts import Contract, KafkaLog, contracts

AVRO_TYPES = {"string": "string", "int": "int", "bigint": "long", "double": "double", "boolean": "boolean"}


def schema_path(topic: str, schema_id: int) -> Path:
    """The file of one schema."""
    return Path(__file__).parent / topic / f"{schema_id}.avsc"


def avro_schema(of: Contract) -> dict[str, object]:
    """The Avro record of a contract: instants travel as RFC 3339 text, what is not required may be null."""
    fields: list[dict[str, object]] = []
    for column in of.columns:
        type_ = "string" if "timestamp" in column.type else AVRO_TYPES[column.type]
        field = {"name": column.name, "doc": column.description}
        fields.append(
            {**field, "type": type_} if column.required else {**field, "type": ["null", type_], "default": None}
        )
    name = of.dataset.removesuffix("s")
    return {"type": "record", "name": name, "namespace": of.source, "doc": of.description, "fields": fields}


def schema_text(topic: str) -> str:
    """The text of the schema file of a topic, from its contract."""
    found = next(c for c in contracts().values() if isinstance(c.origin, KafkaLog) and c.origin.topic == topic)
    return json.dumps(avro_schema(found), indent=2, ensure_ascii=False) + "\n"
