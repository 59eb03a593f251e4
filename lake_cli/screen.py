"""What the commands print with: results on standard output, progress and errors on standard error."""

import time
from collections.abc import Callable
from typing import NoReturn

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def progress() -> Callable[[str], None]:
    """A function that prints a line with the seconds since now."""
    begin = time.monotonic()
    return lambda line: err.print(f"{time.monotonic() - begin:6.1f} s  {line}", markup=False)


def fail(error: BaseException) -> NoReturn:
    """Print the error without its traceback and end with exit code 1."""
    err.print("error:", style="bold red", end=" ")
    err.print(str(error) or type(error).__name__, markup=False)
    raise SystemExit(1)
