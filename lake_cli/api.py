"""`lake api`: exports over HTTP, and the keys with which partners fetch them."""

from typing import Annotated

import typer

from lake_cli.screen import AsJson, err, out, print_json

Name = Annotated[str, typer.Argument(help="Name of the partner: lower case, digits, underscores.")]


def register(app: typer.Typer) -> None:
    area = typer.Typer(help="Serve exports to partners over HTTP, and make their keys.", no_args_is_help=True)
    for command in (serve, key, revoke, keys):
        area.command()(command)
    app.add_typer(area, name="api")


def serve() -> None:
    """Serve finished exports on 127.0.0.1 until Ctrl-C; every request needs a partner's key."""
    import uvicorn

    from lake_layout.profile import profile

    host, port = profile().listen_address, profile().api.port
    err.print(f"http://{host}:{port}/exports", markup=False)
    uvicorn.run("spark_jobs.export.api:app", host=host, port=port, log_level="warning", server_header=False)


def key(partner: Name) -> None:
    """Make a key for a partner and print it, this once: the lake keeps a digest of it."""
    from spark_jobs.export import keys as of_partners

    print(of_partners.make(partner))


def revoke(partner: Name) -> None:
    """Make all keys of a partner worthless."""
    from spark_jobs.export import keys as of_partners

    of_partners.revoke(partner)
    out.print(f"{partner} has no key any longer")


def keys(as_json: AsJson = False) -> None:
    """List the partners who have a key."""
    from dataclasses import asdict

    from spark_jobs.export import keys as of_partners

    found = of_partners.partners()
    if as_json:
        return print_json([asdict(one) for one in found])
    for one in found:
        out.print(f"{one.name:<24} since {one.since:%Y-%m-%d %H:%M} UTC")
    if not found:
        err.print("nobody has a key: `lake api key PARTNER` makes one", style="dim")
