"""The commands for services in containers: `lake compose env`, and `lake initialise`, which a container runs."""

import os
import subprocess
import sys

import typer

from lake_cli.screen import out, progress


def register(app: typer.Typer) -> None:
    app.command()(initialise)
    commands = typer.Typer(help="The same services as containers (docker-compose.yml).", no_args_is_help=True)
    commands.command()(env)
    app.add_typer(commands, name="compose")


def env() -> None:
    """Make the passwords of the containers, in a file for the owner's eyes; those that exist are kept."""
    from lake_layout.profile import REPOSITORY

    # A home as any other: with LAKE_HOME set to it, `lake env` and `lake run` on the host talk to the containers.
    home = REPOSITORY / ".lake" / "compose"
    others = {name: value for name, value in os.environ.items() if not name.startswith("LAKE_")}
    ours = {"LAKE_HOME": str(home), "LAKE_S3__ENABLED": "true", "LAKE_SEARCH__ENABLED": "true"}
    subprocess.run([sys.executable, "-m", "local_stack.passwords"], check=True, env={**others, **ours})
    path = (home / "profile.env").relative_to(REPOSITORY)
    out.print(f"{path} holds the passwords. Next, in {REPOSITORY}:")
    out.print(f"  docker compose --env-file {path} up --detach")


def initialise() -> None:
    """Give running services what the lake needs. Databases, roles, topics, bucket, Airflow's schema."""
    from lake_cli.warehouse import write_dbt_profiles
    from local_stack import initialise as needs

    write_dbt_profiles()
    needs.initialise(progress())
