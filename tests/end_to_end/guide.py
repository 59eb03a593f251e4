"""A guide as its reader types it: the `$` lines of the console blocks of a section → run in order → what they printed.

Below a command stand the lines that its reader will see, in their order; `…` stands for what varies.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lake_layout.profile import REPOSITORY
from tests.end_to_end.running_lake import LAKE

GUIDES = REPOSITORY / "docs" / "guides"
_BLOCK = re.compile(r"```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Step:
    command: str
    shown: tuple[str, ...]


def blocks(guide: str, section: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each block of a section."""
    _before, found, rest = (GUIDES / guide).read_text().partition(f"\n## {section}\n")
    assert found, f"{guide} has no section {section}"
    for block in _BLOCK.finditer(rest.partition("\n## ")[0]):
        yield block["kind"], block["text"]


def steps(guide: str, section: str) -> list[Step]:
    typed: list[list[str]] = []
    for line in (line for kind, text in blocks(guide, section) if kind == "console" for line in text.splitlines()):
        if line.startswith("$ "):
            typed.append([line])
        else:
            typed[-1].append(line)
    return [Step(command.removeprefix("$ "), tuple(shown)) for command, *shown in typed]


def follow(told: list[Step], folder: Path, environment: Mapping[str, str]) -> None:
    """Type the commands one after the other; each succeeds and shows what the guide says."""
    path = f"{LAKE.parent}{os.pathsep}{os.environ['PATH']}"
    for step in told:
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=folder,
            env={**environment, "PATH": path, "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"$ {step.command}\n{done.stdout}"
        assert not_seen(step.shown, done.stdout) is None, f"$ {step.command}\n{done.stdout}"


def not_seen(shown: tuple[str, ...], printed: str) -> str | None:
    """The first line of the guide that does not follow in what was printed."""
    lines = iter([_plain(line) for line in printed.splitlines()])
    for wanted in shown:
        pattern = re.compile(re.escape(_plain(wanted)).replace("…", ".*"))
        if not any(pattern.fullmatch(line) for line in lines):
            return wanted
    return None


def _plain(line: str) -> str:
    """Without colours; how many spaces there are between words depends on the width of the screen."""
    return re.sub(r"\s+", " ", re.sub(r"\x1b\[\d*m", "", line)).strip()


def not_in_files(guide: str, section: str, folder: Path) -> list[str]:
    """What a section shows of YAML and SQL and no file of the folder has."""
    texts = [path.read_text() for path in folder.rglob("*") if path.is_file()]
    shown = [text for kind, text in blocks(guide, section) if kind in ("yaml", "sql")]
    return [text for text in shown if not any(text in one for one in texts)]
