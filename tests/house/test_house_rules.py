"""The house rules that a machine can hold."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOMS, files, modules

from lake_layout.contracts import contracts
from lake_layout.profile import REPOSITORY

PERSONAL = {
    "user_id",
    "target_user_id",
    "device_id",
    "goal_id",
    "birth_year",
    "sex",
    "height_cm",
    "weight_kg",
    "latitude",
    "longitude",
    "notes",
    "text",
}
# Written in halves, so that this file does not break its own rule.
REGISTRIES = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", r"maven" + r"\.org", "npm" + "js"]))
MACHINE_PATHS = re.compile("|".join(["/wo" + "rk/", "/tmp/te" + "am", "/ro" + "ot/"]))
TRACKER_WORDS = re.compile(r"\b(issues?|tickets?) #?\d|(?<![\w&(/])#\d+\b", re.IGNORECASE)
PYTHON_ROW_FUNCTIONS = {"udf", "pandas_udf", "arrow_udf", "mapInPandas", "mapInArrow", "applyInPandas", "rdd"}


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((str(path.relative_to(REPOSITORY)), content.decode(errors="replace")))
    return found


def _matches(pattern: re.Pattern[str], suffixes: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in _texts()
        if not suffixes or name.endswith(suffixes)
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_rooms_import_only_what_they_may() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def _reads_environment(node: ast.AST) -> bool:
    """`os.environ[…]`, `.get`, `in os.environ` or `os.getenv`; handing all of it to a child is no reading."""
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) == "os.environ" and isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in {"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault"}
    return isinstance(node, ast.Compare) and any(ast.unparse(part) == "os.environ" for part in node.comparators)


def test_only_the_profile_reads_the_environment() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules(*ROOMS)
        if name != "lake_layout/profile.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and _reads_environment(node)
    ]
    assert found == []


def test_rows_never_pass_through_python() -> None:
    found = [
        f"{name}:{node.lineno}: {node.attr}"
        for name, tree in modules("spark_jobs", "expectations")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in PYTHON_ROW_FUNCTIONS
    ]
    assert found == []


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_tables_are_read_through_the_one_door_whose_threads_end_with_the_process() -> None:
    asks = re.compile(r"\.to_pyarrow_(table|dataset)\(")
    assert [name for name, text in _texts() if asks.search(text) and not name.startswith("tests/")] == [
        "spark_jobs/storage.py"
    ]


def test_dag_files_import_no_spark() -> None:
    heavy = {"pyspark", "delta", "great_expectations", "pandas", "spark_jobs"}
    assert {name: found for name, tree in modules("dags") if (found := _imported(tree) & heavy)} == {}


def test_modules_are_at_most_250_lines() -> None:
    lengths = {
        str(path.relative_to(REPOSITORY)): len(path.read_text().splitlines())
        for path in files()
        if path.suffix == ".py"
    }
    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_functions_are_at_most_40_lines() -> None:
    found = {
        f"{name}:{node.name}": length
        for name, tree in modules(*ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > 40
    }
    assert found == {}


def test_every_module_says_what_it_is() -> None:
    assert [name for name, tree in modules(*ROOMS) if tree.body and not ast.get_docstring(tree)] == []


def test_no_file_names_a_package_registry() -> None:
    assert _matches(REGISTRIES) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert _matches(MACHINE_PATHS) == []


def test_words_for_people_name_no_tickets() -> None:
    assert _matches(TRACKER_WORDS, (".md", ".py", ".yml", ".sql", ".toml", ".sh")) == []


def test_every_contract_has_a_rule_file_and_every_rule_file_a_contract() -> None:
    folder = REPOSITORY / "expectations" / "datasets"
    ruled = {f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.yml")}
    assert ruled == set(contracts())


@pytest.mark.parametrize("address", sorted(contracts()))
def test_columns_about_persons_are_flagged(address: str) -> None:
    unflagged = [c.name for c in contracts()[address].columns if c.name in PERSONAL and not c.pii]
    assert unflagged == []
