"""Where the records of a source come from, the block `origin` of its contract: a topic, a table, files."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from lake_layout.lengths import Length


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaLog(Strict):
    """A topic; `kept` is how long the platform's own broker keeps it, that of the stack keeps all."""

    kind: Literal["kafka_log"]
    topic: str
    partitions: int
    kept: Length
    format: Literal["json", "avro"] = "json"


class Drift(Strict):
    """What a change of a table's columns does: `keep` lands them as they are now and says so, `halt` lands nothing."""

    added: Literal["keep", "halt"] = "keep"
    removed: Literal["keep", "halt"] = "keep"
    retyped: Literal["keep", "halt"] = "keep"


class Snapshot(Strict):
    """A table of the application database; a snapshot smaller than the last by more than `max_shrink` halts."""

    kind: Literal["snapshot"]
    table: str
    every: Literal["hour", "day"] = "day"
    max_shrink: float = 0.2
    drift: Drift = Drift()


class Files(Strict):
    """Files in the inbox folder of the dataset's address, known by their decompressed content."""

    kind: Literal["files"]
    format: Literal["csv", "json_lines", "log_lines"]
    url: str | None = None
    defaults: dict[str, str] = {}
