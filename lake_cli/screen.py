"""What the commands print with: results on standard output, progress and errors on standard error."""

import json
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from lake_cli.error_words import words_of

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
# A file or a pipe has no width, and a table folded to 80 columns cannot be searched by lines.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(found: Any) -> None:
    """For programs: times in ISO 8601, bytes as base64, objects with their fields."""
    print(json.dumps(found, indent=2, default=_for_json))


def _for_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    return vars(value) if hasattr(value, "__dict__") else str(value)


def progress() -> Callable[[str], None]:
    """A function that prints a line with the seconds since now."""
    begin = time.monotonic()
    return lambda line: err.print(f"{time.monotonic() - begin:6.1f} s  {line}", markup=False)


@contextmanager
def bar(label: str) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error, silent where that is not a terminal; takes the share that is done."""
    from rich.progress import Progress, TimeElapsedColumn

    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as shown:
        task = shown.add_task(label, total=1.0)
        yield lambda share: shown.update(task, completed=share)


@contextmanager
def working(words: str) -> Iterator[None]:
    """Show that something works; what stops it ends the command with the exit code that a job would have."""
    from spark_jobs.ending import HALTED, UNREACHABLE
    from spark_jobs.halt import Halt

    try:
        with err.status(words):
            yield
    except Halt as halt:
        err.print(f"halted: {halt}", markup=False)
        raise typer.Exit(HALTED) from halt
    except ConnectionError as error:
        err.print(f"not reachable: {error}\n`lake status` tells what is down, `lake up` starts it", markup=False)
        raise typer.Exit(UNREACHABLE) from error


@contextmanager
def interruptible(words: str) -> Iterator[None]:
    """Tell what is going on still, or how to go on, when Ctrl-C ends the block."""
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"Interrupted. {words}", markup=False)
        raise


def fail(error: BaseException) -> NoReturn:
    """Print the error without its traceback and end with exit code 1."""
    err.print("error:", style="bold red", end=" ")
    err.print(words_of(error), markup=False)
    raise SystemExit(1)
