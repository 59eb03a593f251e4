"""The coach's messages for peers that read no Avro: bytes in the Confluent wire format → fields, by fastavro."""

import json
from collections.abc import Callable
from io import BytesIO

import fastavro

from lake_layout import schemas

_HEADER = b"\x00" + (1).to_bytes(4, "big")


def reader() -> Callable[[bytes | None], dict[str, object] | None]:
    """Of one message; it gives None where that cannot be read."""
    schema = fastavro.parse_schema(json.loads(schemas.schema_path("ai-interactions", 1).read_text()))

    def fields(value: bytes | None) -> dict[str, object] | None:
        if value is None or value[:5] != _HEADER:
            return None
        try:
            return fastavro.schemaless_reader(BytesIO(value[5:]), schema, None)  # type: ignore[return-value]
        except (EOFError, ValueError, IndexError):
            return None

    return fields
