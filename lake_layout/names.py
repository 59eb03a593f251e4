"""Names that may become paths or SQL: text → checked text or ValueError."""

import re

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ADDRESS = re.compile(r"[a-z][a-z0-9_]{0,62}/[a-z][a-z0-9_]{0,62}")


def identifier(text: str) -> str:
    """Return `text` if it is safe as an SQL identifier or path part, else raise ValueError."""
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: use lower-case letters, digits and _, at most 63")
    return text


def column_name(text: str) -> str:
    """Like `identifier`, but a pipeline column may start with one `_`."""
    identifier(text.removeprefix("_"))
    return text


def address(text: str) -> str:
    """Return `text` if it is a dataset address `<source>/<dataset>`, else raise ValueError."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text!r} is not a dataset address: expected <source>/<dataset>")
    return text
