"""`python -m lake_layout.schemas TOPIC SCHEMA_ID` writes a schema file from the topic's contract."""

import sys

from lake_layout.schemas import schema_path, schema_text

topic, schema_id = sys.argv[1:]
schema_path(topic, int(schema_id)).write_text(schema_text(topic))
