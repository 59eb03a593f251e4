"""`lake bi`: the dashboards of `local_stack/superset/`, in the browser."""

import typer

from lake_cli.screen import interruptible, out, progress


def register(app: typer.Typer) -> None:
    app.command()(bi)


def bi() -> None:
    """Open the marts in Superset. `make bi` installs it first."""
    with interruptible("Run it again, and it goes on from here; `lake down superset` stops what has started."):
        _start()
    _where_to_look()


def _start() -> None:
    from lake_layout.profile import profile
    from local_stack import stack
    from local_stack.passwords import ensure_passwords, remember
    from local_stack.superset import service as superset

    superset.need_marts()
    ensure_passwords()
    if not profile().superset.enabled:
        remember({"LAKE_SUPERSET__ENABLED": "true"})
    if not superset.is_current():
        # It looks at its files when it starts.
        stack.down(["superset"], progress())
    stack.up(["superset"], progress())


def _where_to_look() -> None:
    import yaml

    from lake_layout.profile import profile
    from local_stack.superset import ASSETS

    settings = profile()
    for path in sorted((ASSETS / "dashboards").glob("*.yaml")):
        dashboard = yaml.safe_load(path.read_text())
        out.print(f"{settings.superset_url}/superset/dashboard/{dashboard['slug']}/  {dashboard['dashboard_title']}")
    out.print(f"user {settings.superset.user}, password: lake env    stop it: lake down superset")
