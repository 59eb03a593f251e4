"""How a job ends: its summary as JSON, the last line on stdout, and an exit code that tells what to do next.

0 done; 1 failed; 2 wrong usage; 3 halted, a person must look first; 75 a service was not reachable, try again later;
99 skipped, for what it is about is switched off.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import typer

from spark_jobs.halt import Halt, Off

HALTED, UNREACHABLE, SKIPPED = 3, 75, 99
_AWAY = ("UNAVAILABLE", "Connection refused", "Connection reset", "failed to connect", "RETRIES_EXCEEDED")
# A Spark server that started anew in the middle of a job does not know the job's session.
_STARTED_ANEW = ("SESSION_NOT_FOUND", "SESSION_CHANGED", "NO_ACTIVE_SESSION")


def run_job(job: Callable[[], Mapping[str, Any] | None]) -> None:
    """Run a job, print its summary, and turn what stops it into an exit code and one line.

    Raises typer.Exit: it was stopped; whatever nobody foresaw is raised as it is, and ends with code 1.
    """
    try:
        summary = job()
    except Halt as halt:
        typer.echo(f"halted: {halt}", err=True)
        _finish({"halted": str(halt)}, HALTED)
    except Off as off:
        typer.echo(f"skipped: {off}", err=True)
        _finish({"skipped": str(off)}, SKIPPED)
    except Exception as error:
        if not _is_away(error):
            raise
        typer.echo(f"not reachable: {error}", err=True)
        _finish({"unreachable": str(error)}, UNREACHABLE)
    else:
        _finish(summary or {}, 0)


def _is_away(error: Exception) -> bool:
    return isinstance(error, ConnectionError) or any(word in str(error) for word in (*_AWAY, *_STARTED_ANEW))


def _finish(summary: Mapping[str, Any], code: int) -> None:
    sys.stderr.flush()
    print(json.dumps(summary, default=str), flush=True)
    if code:
        raise typer.Exit(code)
