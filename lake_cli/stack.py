"""The commands of the embedded stack: up, down, restart, status, logs, env, doctor, clean."""

from typing import TYPE_CHECKING, Annotated

import typer

from lake_cli.screen import AsJson, err, interruptible, out, print_json, progress

if TYPE_CHECKING:
    from local_stack.status import Row

Services = Annotated[
    list[str] | None,
    typer.Argument(help="Services; without any, all.", show_default=False),
]


def register(app: typer.Typer) -> None:
    for command in (up, down, restart, status, logs, env, doctor, clean):
        app.command()(command)


def up(services: Services = None) -> None:
    """Start services and what they need, and wait until they answer."""
    with interruptible("What starts goes on starting; `lake up` waits for it, `lake down` stops it."):
        start(services or [])


def start(services: list[str]) -> None:
    """Everything that `lake up` does."""
    from lake_cli.warehouse import write_dbt_profiles
    from local_stack import stack
    from local_stack.passwords import ensure_passwords

    ensure_passwords()
    write_dbt_profiles()
    stack.up(services, progress())


def down(services: Services = None) -> None:
    """Stop services. Without any named: the whole stack and its supervisor."""
    from local_stack import stack

    stack.down(services or [], progress())


def restart(services: Services = None) -> None:
    """Stop and start services. Without any named: the whole stack."""
    from local_stack import stack

    stack.restart(services or [], progress())


def status(as_json: AsJson = False) -> None:
    """Tell how every service is. Exit code 1 if one is not ready."""
    from local_stack.status import status as examine

    rows = examine()
    if as_json:
        print_json({row["name"]: row for row in rows})
    else:
        _print_status(rows)
    if any(row["state"] != "ready" for row in rows):
        err.print("Not all are ready; `lake doctor` tells what to do.")
        raise typer.Exit(1)


def _print_status(rows: "list[Row]") -> None:
    from rich.table import Table

    table = Table("service", "state", "pid", "up", "ports", "reason", box=None)
    for column in table.columns[:-1]:
        column.no_wrap = True
    for row in rows:
        ports = ", ".join(str(port) for port in row["ports"])
        seconds = f"{row['up_seconds']} s" if row["pid"] else ""
        table.add_row(row["name"], row["state"], str(row["pid"] or ""), seconds, ports, row["reason"])
    out.print(table)


def logs(
    service: Annotated[str, typer.Argument(help="One service; without it, the supervisor.")] = "supervisord",
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Go on with what is written from now on."),
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 50,
) -> None:
    """Print the end of a service's log."""
    from local_stack import logs as log_files

    for line in log_files.tail(service, lines, follow=follow):
        print(line, flush=follow)


def env(as_json: AsJson = False) -> None:
    """Print addresses, users and passwords. `eval "$(lake env)"` sets them in a shell."""
    from local_stack import connections

    print(connections.as_json() if as_json else connections.as_shell())


def doctor() -> None:
    """Look for what keeps the stack from running. Tells what to do about it."""
    from local_stack import doctor as checks

    findings = checks.examine()
    for finding in findings:
        mark = "[green]ok[/]  " if finding.is_good else "[red]bad[/] "
        out.print(mark, end=" ")
        out.print(f"{finding.subject}: {finding.words}", markup=False)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


def clean() -> None:
    """Stop the stack; delete its data and passwords. The installed environment and jars stay."""
    from local_stack import stack

    stack.clean(progress())
