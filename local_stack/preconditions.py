"""What must hold before anything can start, each as a question whose answer is a sentence about what to do."""

import re
import shutil
import stat
import subprocess
from collections.abc import Callable

from lake_layout.profile import REPOSITORY, profile
from local_stack import jars
from local_stack.passwords import missing_values

_OLDEST_JAVA = 17
_LEAST_FREE_BYTES = 2 * 1024**3


def problems() -> dict[str, str]:
    """Subject → what is wrong and what to do; an empty sentence where all is well."""
    questions: dict[str, Callable[[], str]] = {
        "Java": java,
        "disk": disk,
        "Python environment": environment,
        "jars": jar_folders,
        "passwords": passwords,
    }
    return {subject: ask() for subject, ask in questions.items()}


def java() -> str:
    """Java must be on PATH and new enough for Kafka and Spark."""
    if not shutil.which("java"):
        return f"Java is missing: install a Java runtime, version {_OLDEST_JAVA} or newer."
    result = subprocess.run(["java", "-version"], check=False, capture_output=True, text=True)
    found = re.search(r'version "(\d+)', result.stderr)
    if not found:
        return f"`java -version` does not work: {result.stderr.strip()[:200]}"
    if int(found[1]) < _OLDEST_JAVA:
        return f"Java {found[1]} is too old: put version {_OLDEST_JAVA} or newer first on PATH."
    return ""


def disk() -> str:
    """Kafka and Postgres stop hard on a full disk."""
    home = profile().home
    # The home itself may be a disk of its own, or not be there yet.
    free = shutil.disk_usage(next(folder for folder in (home, *home.parents) if folder.exists())).free
    if free < _LEAST_FREE_BYTES:
        return (
            f"Only {free / 1024**2:.0f} MB are free under {home}: free at least 2 GB, "
            "or let LAKE_HOME name a folder on another disk."
        )
    return ""


def environment() -> str:
    """The installed packages must be those of the lock."""
    setup = REPOSITORY / "local_stack" / "setup"
    wanted = b"".join(
        path.read_bytes() for path in (REPOSITORY / "requirements.lock", setup / "build.lock", setup / "uv.lock")
    )
    installed = REPOSITORY / ".venv" / "complete.lock"
    if not installed.exists() or installed.read_bytes() != wanted:
        return "The Python environment is not that of requirements.lock: run `make setup`."
    return ""


def jar_folders() -> str:
    """Every group of jars must be complete."""
    if missing := jars.missing():
        return f"The jars of {', '.join(missing)} are not complete: run `make setup`."
    return ""


def passwords() -> str:
    """The file of passwords is for its owner alone."""
    path = profile().home / "profile.env"
    if not path.exists():
        return f"{path} does not exist yet: run `make setup`."
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return f"Others can read {path}: run `chmod 600 {path}`."
    if lacking := missing_values(profile()):
        return f"{path} lacks {', '.join(lacking)}: `lake up` makes them anew."
    return ""
