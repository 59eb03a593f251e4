"""What kind of statement a text is: told by ClickHouse's own parser, which runs nothing.

text → `parseQueryToJSON` → `Statement` (kind, format, tree). An INSERT is only split into statement and data.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from chdb.state.sqlitelike import Connection

from local_stack.clickhouse_gateway.engine import as_bytes, as_text, quoted, text_of
from local_stack.clickhouse_gateway.errors import SYNTAX_ERROR, ClickHouseError

_WITHOUT_TREE = re.compile(r"Code: 36\. DB::Exception: AST node of type '(?P<kind>[A-Z][A-Za-z]+)[_']")
# Reading kinds that the parser names but cannot print as a tree, in ClickHouse's own formatting. The rest of such a
# statement (a table or subquery, then INTO OUTFILE, FORMAT, SETTINGS) reads like the end of `SELECT * FROM …`.
_ABOUT_A_TABLE = re.compile(
    r"(DESCRIBE TABLE|EXISTS( TEMPORARY)? (TABLE|VIEW|DICTIONARY|DATABASE)"
    r"|SHOW CREATE( TEMPORARY)? (TABLE|VIEW|DICTIONARY|DATABASE)) (?P<rest>.+)",
    re.DOTALL,
)
_READING_KINDS = ("Select", "Show", "Describe", "Exists", "Explain", "Check")
_INSERT_TOKEN = re.compile(
    rb"(?P<skip>\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|\"(?:[^\"\\]|\\.|\"\")*\")"
    rb"|(?P<word>[A-Za-z_]\w*)|(?P<open>\()|(?P<close>\))|(?P<other>.)",
    re.DOTALL,
)
_LONGEST_COMMENT = 1 << 16
_FORMAT_NAME = re.compile(rb"\s+([A-Za-z_]\w*)[ \t]*;?(?:\r?\n|[ \t]|$)")


@dataclass(frozen=True)
class Statement:
    """One parsed statement. `tree` is ClickHouse's syntax tree; for a `DESCRIBE x` it is that of `SELECT * FROM x`."""

    text: str
    kind: str
    tree: dict[str, Any] = field(repr=False)

    @property
    def is_read(self) -> bool:
        return self.kind.startswith(_READING_KINDS)

    @property
    def is_plain_select(self) -> bool:
        """A SELECT whose answer is rows and nothing after them."""
        return self.kind == "SelectWithUnionQuery" and not any(
            node.get("group_by_with_totals") for node in self.nodes()
        )

    @property
    def output_format(self) -> str | None:
        """The FORMAT clause."""
        name: str | None = self.tree.get("format_ast", {}).get("name")
        return name

    def rewritten(self, connection: Connection) -> "Statement":
        """The same statement in ClickHouse's own words, made from nothing but the tree."""
        if self.kind != self.tree["type"]:
            return self
        return replace(self, text=_text_of_tree(connection, self.tree))

    def select_text(self, connection: Connection) -> str | None:
        """The SELECT in a SELECT, EXPLAIN or DESCRIBE, without its FORMAT clause."""
        select = self.tree.get("query", self.tree)
        if not self.kind.startswith(("Select", "Explain", "Describe")) or not select["type"].startswith("Select"):
            return None
        return _text_of_tree(connection, {name: part for name, part in select.items() if name != "format_ast"})

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Each node of the tree, from the top."""
        waiting: list[Any] = [self.tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, list):
                waiting.extend(node)
            elif isinstance(node, dict):
                yield node
                waiting.extend(node.values())


@dataclass(frozen=True)
class InsertHead:
    """`INSERT INTO … FORMAT name`, cut where its data begins; `text` is without the FORMAT clause."""

    text: str
    input_format: str
    data_offset: int


def parse(connection: Connection, text: str) -> Statement:
    """Raises ClickHouseError: not one statement of valid syntax."""
    try:
        tree = json.loads(text_of(connection, f"SELECT parseQueryToJSON({quoted(text)})"))
    except ClickHouseError as error:
        if error.code != SYNTAX_ERROR and _is_insert(text):
            # One with its rows has no tree.
            return Statement(text, "InsertQuery", {})
        unprintable = _WITHOUT_TREE.match(str(error))
        if not unprintable:
            raise error.without(": In scope SELECT parseQueryToJSON(") from None
        return _parse_without_tree(connection, text, unprintable["kind"])
    return Statement(text, tree["type"], tree)


def parse_leniently(connection: Connection, text: str) -> Statement:
    """As `parse`, but it does not read the rows of an INSERT.

    Raises ClickHouseError: not one statement of valid syntax.
    """
    if _is_insert(text):
        return Statement(text, "InsertQuery", {})
    try:
        return parse(connection, text)
    except ClickHouseError as error:
        if error.code == SYNTAX_ERROR:
            raise
        # The parser knows it but cannot print it; its execution needs no tree.
        return Statement(text, "Unknown", {})


def _text_of_tree(connection: Connection, tree: dict[str, Any]) -> str:
    return text_of(connection, f"SELECT formatQueryFromJSON({quoted(json.dumps(tree, ensure_ascii=False))})")


def _parse_without_tree(connection: Connection, text: str, kind: str) -> Statement:
    canonical = text_of(connection, f"SELECT formatQuerySingleLine({quoted(text)})")
    about_a_table = _ABOUT_A_TABLE.fullmatch(canonical)
    if not about_a_table:
        return Statement(text, kind, {})
    as_select = f"SELECT * FROM {about_a_table['rest']}"
    tree = json.loads(text_of(connection, f"SELECT parseQueryToJSON({quoted(as_select)})"))
    return Statement(canonical, kind, tree)


def split_insert(text: bytes) -> InsertHead | None:
    """The head of an INSERT that carries data in a named format; None for VALUES, SELECT and other statements."""
    if _first_word(text) != b"INSERT":
        return None
    for word, end in _words(text):
        if word in (b"SELECT", b"WITH", b"VALUES", b"INFILE"):
            return None
        if word == b"FORMAT" and (name := _FORMAT_NAME.match(text, end)):
            return InsertHead(as_text(text[: end - len(word)]), name[1].decode(), name.end())
    return None


def _is_insert(text: str) -> bool:
    return _first_word(as_bytes(text[:_LONGEST_COMMENT])) == b"INSERT"


def _first_word(text: bytes) -> bytes:
    return next(_words(text), (b"", 0))[0]


def _words(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Upper-cased bare words outside parentheses, quotes and comments, each with the offset after it."""
    depth = 0
    for token in _INSERT_TOKEN.finditer(text):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif token["word"] and depth == 0:
            yield token["word"].upper(), token.end()
