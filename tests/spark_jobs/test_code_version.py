"""Which code runs is read from git's own files, whatever kind of checkout it is."""

import subprocess
from pathlib import Path

import pytest

from spark_jobs.code_version import git_commit


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "first")
    return folder


def test_a_branch_a_packed_branch_a_commit_and_a_worktree_are_known(repository: Path) -> None:
    expected = git(repository, "rev-parse", "HEAD")
    assert git_commit(repository) == expected
    git(repository, "worktree", "add", "--quiet", "../other")
    assert git_commit(repository.parent / "other") == expected
    git(repository, "pack-refs", "--all")
    assert git_commit(repository) == git_commit(repository.parent / "other") == expected
    git(repository, "checkout", "--quiet", "--detach")
    assert git_commit(repository) == expected


def test_without_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None
