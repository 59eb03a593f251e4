"""Which statements a reader may send: what ClickHouse's roles cannot refuse, refused before anything runs.

tree of ClickHouse's own parser → kind, INTO OUTFILE, table functions, functions, system tables → run or refuse.

Tables are not decided here: the reader's connection holds a role that ClickHouse enforces itself. The tree comes first,
because analysis (EXPLAIN included) already evaluates scalar subqueries; then ClickHouse's resolution is checked too.
"""

import re
from collections.abc import Iterable
from typing import Any

from chdb.state.sqlitelike import Connection

from local_stack.clickhouse_gateway.engine import as_text, run
from local_stack.clickhouse_gateway.errors import ACCESS_DENIED, READONLY, ClickHouseError
from local_stack.clickhouse_gateway.statements import Statement

_KINDS = {
    "SelectWithUnionQuery",
    "SelectIntersectExceptQuery",
    "SelectQuery",
    "TablesInSelectQuery",
    "ExplainQuery",
    "ShowTablesQuery",
    "ShowColumnsQuery",
    "ShowIndexesQuery",
    "ShowSettingQuery",
    "SetQuery",
}
_ROOTS = ("Select", "Show", "Describe", "Exists", "Explain")
_TABLE_FUNCTIONS = {"numbers", "numbers_mt", "zeros", "zeros_mt", "generate_series", "generateseries", "values", "null"}
_SYSTEM_TABLES = set(
    str.split(
        """
    aggregate_function_combinators build_options collations columns constraints contributors
    data_skipping_indices data_type_families database_engines databases dictionaries formats functions
    keywords licenses numbers numbers_mt one settings table_engines table_functions tables time_zones zeros
    zeros_mt
    """
    )
)
_REFUSED_CATEGORIES = {
    "AI",
    "Dictionary",
    "Embedded Dictionary",
    "Internal",
    "Introspection",
    "Machine Learning",
    "Other",
}
# ClickHouse keeps harmless helpers and doors to files, ports and certificates in one category; these are harmless.
_HARMLESS_OTHERS = set(
    str.split(
        """
    bar blockNumber blockSize buildId byteSize colorOKLABToSRGB colorOKLCHToSRGB colorSRGBToOKLAB
    colorSRGBToOKLCH connectionId countDigits currentDatabase currentProfiles currentQueryID currentRoles
    currentSchemas currentUser defaultProfiles defaultRoles defaultValueOfArgumentType defaultValueOfTypeName
    digits displayName dumpColumnStructure enabledProfiles enabledRoles errorCodeToName finalizeAggregation
    formatQuery formatQuerySingleLine formatReadableDecimalSize formatReadableQuantity formatReadableSize
    formatReadableTimeDelta getSetting getSizeOfEnumType getSubcolumn globalVariable hostName identity ignore
    indexHint initialQueryID initializeAggregation isConstant isDecimalOverflow lowCardinalityIndices
    lowCardinalityKeys materialize minSampleSizeContinuous minSampleSizeConversion neighbor normalizeQuery
    normalizedQueryHash parseReadableSize parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta
    pgGetUserById pgTableIsVisible queryID revision rowNumberInAllBlocks rowNumberInBlock runningAccumulate
    runningDifference runningDifferenceStartingWithFirstValue serverUUID toColumnTypeName toTypeName transform
    uptime variantElement variantType version visibleWidth
    """.lower()
    )
)
_RESOLVED_FUNCTION = re.compile(r"\bfunction_name: ([^,\s]+)")
_RESOLVED_TABLE_FUNCTION = re.compile(r"\btable_function_name: ([^,\s]+)")
_RESOLVED_TABLE = re.compile(r"\btable_name: ([^,\s]+)")
# Settings that a BI tool may ask for; they change how an answer looks or stop it earlier.
_SETTINGS = set(
    str.split(
        """
    cast_string_to_dynamic_use_inference connect_timeout date_time_input_format date_time_output_format
    extremes http_receive_timeout
    http_send_timeout join_use_nulls max_block_size max_execution_time max_result_bytes max_result_rows
    max_rows_to_read max_threads result_overflow_mode session_timezone use_uncompressed_cache
    """
    )
)
_SETTING_PREFIXES = ("output_format_",)
_EXPLAIN_SETTINGS = set(
    str.split(
        """
    actions compact description dump_ast dump_passes dump_tree graph header indexes json oneline optimize passes
    projections run_passes sorting
    """
    )
)


class ReaderPolicy:
    """Reads the catalogue of functions once, and again when a statement uses a name that is not in it."""

    def __init__(self, connection: Connection) -> None:
        self._functions = _catalogue(connection)

    def check(self, connection: Connection, statement: Statement, parameters: dict[str, str]) -> Statement:
        """The statement to run: the user's, written anew from the tree that was checked.

        Raises ClickHouseError: the statement is not for readers; the text says which part of it.
        """
        if not statement.tree or not statement.kind.startswith(_ROOTS):
            raise _refused(f"a reader may SELECT, SHOW, DESCRIBE, EXISTS and EXPLAIN, not {statement.kind}", READONLY)
        functions, names = set(), set()
        for node in statement.nodes():
            _check_node(node)
            functions |= _functions_of(node)
            names |= _names_of(node)
        self._check_functions(connection, functions, names)
        self._check_resolution(connection, statement, parameters)
        return statement.rewritten(connection)

    def _check_functions(self, connection: Connection, functions: set[str], names: Iterable[str] = ()) -> None:
        """`names` are identifiers: `arrayMap(file, …)` calls a function by one, even through an alias."""
        functions = {name.lower() for name in functions} - _TABLE_FUNCTIONS
        if unknown := functions - self._functions.keys():
            # Combinators (sumIf) and syntax (lambda) are in no catalogue; a user-defined function is in it, refused.
            self._functions = dict.fromkeys(unknown, True) | self._functions | _catalogue(connection)
        for name in functions | {name.lower() for name in names}:
            if not self._functions.get(name, True):
                raise _refused(f"the function {name} is not for readers (a column of this name: write table.{name})")

    def _check_resolution(self, connection: Connection, statement: Statement, parameters: dict[str, str]) -> None:
        """The same again on what ClickHouse makes of the statement, with every alias and shorthand resolved."""
        select = statement.select_text(connection)
        if not select:
            return
        resolved = as_text(run(connection, f"EXPLAIN QUERY TREE {select}", **parameters).bytes())
        calls = {name for name in _RESOLVED_FUNCTION.findall(resolved) if not name.startswith("_")}
        self._check_functions(connection, calls)
        for name in _RESOLVED_TABLE_FUNCTION.findall(resolved):
            _check_table_function(name)
        for name in _RESOLVED_TABLE.findall(resolved):
            _check_identifier(name)


def check_settings(names: Iterable[str]) -> None:
    """Raises ClickHouseError: a reader may not change this setting."""
    for name in names:
        if name not in _SETTINGS and not name.startswith(_SETTING_PREFIXES):
            raise ClickHouseError(READONLY, f"Cannot modify '{name}' setting in readonly mode.")


def _check_node(node: dict[str, Any]) -> None:
    kind = node.get("type", "")
    if kind.endswith("Query") and kind not in _KINDS:
        raise _refused(f"{kind} is not for readers", READONLY)
    if kind == "SetQuery":
        _check_settings_clause(node)
    if "out_file" in node:
        raise _refused("INTO OUTFILE is not for readers")
    if kind == "QueryParameter" and node.get("param_type") == "Identifier":
        raise _refused("a reader's statement names its tables and columns itself, without {…:Identifier}")
    if kind in ("Identifier", "TableIdentifier"):
        _check_identifier(node.get("name", ""))
    if table_function := node.get("table_function"):
        _check_table_function(table_function.get("name", ""))


def _functions_of(node: dict[str, Any]) -> set[str]:
    """Functions that a node calls: `f(x)`, `x.f()`, `* APPLY f`."""
    if node.get("type") == "Function":
        return {node["name"], node["name"].rpartition(".")[2]}
    return {node["func_name"]} if "func_name" in node else set()


def _names_of(node: dict[str, Any]) -> set[str]:
    return {node["name"]} if node.get("type") == "Identifier" and "name" in node else set()


def _check_table_function(name: str) -> None:
    if name.lower() not in _TABLE_FUNCTIONS:
        raise _refused(f"the table function {name} is not for readers")


def _check_settings_clause(node: dict[str, Any]) -> None:
    names = {change["name"] for change in node.get("changes", [])}
    if set(node) - {"type", "is_standalone", "changes"}:
        raise _refused("a reader's settings have values, no DEFAULT and no parameters", READONLY)
    check_settings(names - _EXPLAIN_SETTINGS)


def _check_identifier(name: str) -> None:
    parts = name.lower().split(".")
    if parts[0] == "system" and len(parts) > 1 and parts[1] not in _SYSTEM_TABLES:
        raise _refused(f"system.{parts[1]} is not for readers")


def _catalogue(connection: Connection) -> dict[str, bool]:
    """Function name in lower case → may a reader call it?"""
    columns = "lower(name), lower(if(alias_to = '', name, alias_to)), origin = 'System', is_aggregate, categories"
    content = run(connection, f"SELECT {columns} FROM system.functions").bytes().decode()
    rows = [row.split("\t") for row in content.splitlines()]
    # An alias has no categories of its own.
    categories = {name: set(listed.split(", ")) for name, *_, listed in rows if listed}
    return {
        name: is_system == "1"
        and (
            is_aggregate == "1"
            or function in _HARMLESS_OTHERS
            or not categories.get(function, {"Other"}) & _REFUSED_CATEGORIES
        )
        for name, function, is_system, is_aggregate, _ in rows
    }


def _refused(why: str, code: int = ACCESS_DENIED) -> ClickHouseError:
    return ClickHouseError(code, f"Not enough privileges: {why}.")
