"""The files of the project, for the house rules: everything git knows or would take."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lake_layout.profile import REPOSITORY

ROOMS = ("lake_layout", "expectations", "spark_jobs", "dags", "local_stack", "lake_cli", "benchmarks")


@cache
def files() -> tuple[Path, ...]:
    """All files that are tracked or would be, as absolute paths."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    found = (REPOSITORY / name for name in listed.split("\0") if name)
    return tuple(path for path in found if path.is_file())


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Path below the repository and syntax tree of every module in the rooms."""
    for path in files():
        name = str(path.relative_to(REPOSITORY))
        if path.suffix == ".py" and name.split("/")[0] in rooms:
            yield name, ast.parse(path.read_text(), filename=name)
