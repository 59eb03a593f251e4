"""The set-up's questions about a machine, asked on machines made of a few links."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lake_layout.profile import REPOSITORY

_TOOLS = ("sh", "awk", "cat", "cmp", "cp", "df", "dirname", "flock", "head", "mkdir", "mv", "rm", "sed")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of the set-up, and a `bin` with the plainest tools: no Java, no Python."""
    setup = tmp_path / "local_stack" / "setup"
    shutil.copytree(REPOSITORY / "local_stack" / "setup", setup)
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in _TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def _set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    script = str(machine / "local_stack" / "setup" / "setup.sh")
    environment = {"PATH": str(machine / "bin"), "HOME": os.environ["HOME"]}
    return subprocess.run([script], check=False, capture_output=True, text=True, env=environment)


def _add(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_missing_java_is_said_with_what_to_install(machine: Path) -> None:
    done = _set_up(machine)
    assert done.returncode == 1
    assert "error: Java is missing: install a Java runtime, version 17 or newer" in done.stderr


def test_an_old_java_is_said_with_its_version(machine: Path) -> None:
    _add(machine, "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    assert "error: Java 11 is too old" in _set_up(machine).stderr


def test_a_python_that_only_pretends_is_passed_over(machine: Path) -> None:
    _add(machine, "java", """echo 'openjdk version "21.0.2" 2024-01-16' >&2""")
    _add(machine, "python3", "echo 'pyenv: python3: command not found' >&2; exit 127")
    done = _set_up(machine)
    assert done.returncode == 1
    assert "error: No Python 3.11 to 3.13 with venv was found" in done.stderr


def test_a_full_disk_is_said_before_anything_is_downloaded(machine: Path) -> None:
    _add(machine, "java", """echo 'openjdk version "21.0.2" 2024-01-16' >&2""")
    _add(machine, "python3", "echo /usr/bin/python3")
    (machine / "bin" / "df").unlink()
    _add(machine, "df", "echo head; echo '/dev/disk 100 90 10 90% /'")
    done = _set_up(machine)
    assert "error: Only 10 MB are free here, 5000 are needed" in done.stderr
    assert not (machine / ".lake" / "uv").exists()
