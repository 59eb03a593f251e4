"""The `lake` command: one thin module per area, each with `register(app)`.

A module of this room imports at its top nothing heavier than typer, so that `lake --help` stays fast; what a
command works with is imported inside it. Alone: `lake --help`.
"""

import sys

import typer

from lake_cli import (
    api,
    backfill,
    bi,
    catalogue,
    compose,
    demo,
    export,
    ledger,
    load,
    quality,
    quarantine,
    questions,
    releases,
    runs,
    search,
    stack,
    story,
    tables,
    truth,
    verify,
)
from lake_cli.screen import fail

AREAS = (
    demo,
    stack,
    runs,
    backfill,
    load,
    verify,
    truth,
    tables,
    story,
    catalogue,
    export,
    api,
    bi,
    search,
    ledger,
    releases,
    quarantine,
    questions,
    quality,
    compose,
)


def build_app() -> typer.Typer:
    app = typer.Typer(
        help="The fitness lakehouse: its stack, its data and its runs. `lake --debug …` shows tracebacks.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for area in AREAS:
        area.register(app)
    return app


def main() -> None:
    """Run one command; an error becomes one line unless `--debug` stands anywhere in the command."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        build_app()(arguments)
    except Exception as error:
        if len(arguments) < len(sys.argv) - 1:
            raise
        fail(error)
