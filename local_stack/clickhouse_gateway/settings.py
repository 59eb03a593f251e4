"""What one gateway needs to know: an address, a data directory, two identities."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_DATABASES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*?")


@dataclass(frozen=True)
class Credentials:
    user: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.user or not self.password:
            raise ValueError("the gateway needs a user name and a password for the owner and for the reader")


@dataclass(frozen=True)
class ObjectStorage:
    """Keys that ClickHouse gets as a named collection, so that no SQL text has to carry them."""

    collection: str
    url: str
    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True)
class GatewaySettings:
    """`working_directory` is the folder that `deltaLakeLocal` and `file` can reach into.

    A reader's statements begin in the first of `reader_databases`; `marts_r*` are all whose names begin so.
    """

    host: str
    port: int
    data: Path
    working_directory: Path
    owner: Credentials
    reader: Credentials
    reader_databases: tuple[str, ...] = ("marts", "marts_r*")
    object_storage: ObjectStorage | None = None

    def __post_init__(self) -> None:
        if self.owner.user == self.reader.user:
            raise ValueError("owner and reader must have different user names")
        if not self.reader_databases:
            raise ValueError("the reader needs at least one database")
        for name in self.reader_databases:
            if not _DATABASES.fullmatch(name):
                raise ValueError(f"not a database name: {name!r}")
