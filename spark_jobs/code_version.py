"""Which code runs: the package's version and the git commit → `0.1.0+1a2b3c4d5e6f`, asked once in a process.

`LAKE_CODE_VERSION` names it where there is no repository. What was edited and not committed is not told.
"""

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from lake_layout.profile import REPOSITORY, profile

_DIGITS = 12


@lru_cache
def current() -> str:
    """The version that commits name."""
    if told := profile().code_version:
        return told
    commit = git_commit(REPOSITORY)
    return "+".join([version("fitness-lakehouse"), *([commit[:_DIGITS]] if commit else [])])


def git_commit(repository: Path) -> str | None:
    """The commit that is checked out, read from git's own files; None where there is no repository."""
    folder = repository / ".git"
    if folder.is_file():
        # A linked worktree: a file that names its folder.
        folder = repository / folder.read_text().removeprefix("gitdir:").strip()
    head = folder / "HEAD"
    if not head.exists():
        return None
    told = head.read_text().strip()
    if not told.startswith("ref:"):
        return told
    name, shared = told.removeprefix("ref:").strip(), _shared(folder)
    for file in (folder / name, shared / name):
        if file.exists():
            return file.read_text().strip()
    return _packed(shared / "packed-refs", name)


def _shared(folder: Path) -> Path:
    """Where all worktrees keep their branches."""
    common = folder / "commondir"
    return folder / common.read_text().strip() if common.exists() else folder


def _packed(file: Path, name: str) -> str | None:
    lines = file.read_text().splitlines() if file.exists() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), None)
