"""Runs the dbt command line on the project of this repository: arguments + target → a finished process."""

import subprocess
import sys
from pathlib import Path

from lake_layout.profile import REPOSITORY, profile


def dbt(*arguments: str, target: str, analyst: bool = False) -> subprocess.CompletedProcess[str]:
    """Run dbt as the scheduler does, or as an analyst."""
    folder = profile().home / "dbt"
    options = {
        "--project-dir": REPOSITORY / "dbt_project",
        "--profiles-dir": folder / "analyst" if analyst else folder,
        "--target": target,
        "--target-path": folder / "target" / target,
        "--log-path": profile().home / "logs" / target,
    }
    command = [str(Path(sys.executable).parent / "dbt"), *arguments, "--no-use-colors"]
    command += [str(part) for option in options.items() for part in option]
    return subprocess.run(command, capture_output=True, text=True, check=False)
