"""Brings Superset's database to what this repository says: schema, roles, the login, and `assets/`.

Runs in Superset's environment, with its configuration: `.lake/bi/bin/python -m local_stack.superset.initialise`.
"""

from collections.abc import Iterable
from typing import Any

import yaml
from flask_migrate import upgrade
from superset.app import create_app

from lake_layout.profile import profile
from local_stack.superset import ASSETS


def initialise() -> None:
    """May run again at any time: what `assets/` says is as it says, what people made in the browser stays."""
    with create_app().app_context():
        upgrade()
        _roles_and_login()
        _assets()


def _roles_and_login() -> None:
    from superset.extensions import appbuilder, db, security_manager

    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    name, password = profile().superset.user, profile().superset.password.get_secret_value()
    if user := security_manager.find_user(name):
        security_manager.reset_password(user.id, password)
    else:
        admin = security_manager.find_role("Admin")
        security_manager.add_user(name, name, "of the lakehouse", f"{name}@localhost", admin, password)
    db.session.commit()


def _assets() -> None:
    """As the login, who owns them. What was taken out of `assets/` goes; Superset itself would keep it."""
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db, security_manager
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice
    from superset.utils.core import override_user

    contents = {str(path.relative_to(ASSETS)): path.read_text() for path in sorted(ASSETS.rglob("*.yaml"))}
    kept = {yaml.safe_load(text).get("uuid") for text in contents.values()}
    with override_user(security_manager.find_user(profile().superset.user)):
        ImportAssetsCommand(contents).run()
        for kind in (Dashboard, Slice, SqlaTable):
            for one in db.session.query(kind).filter(kind.is_managed_externally):
                if str(one.uuid) not in kept:
                    db.session.delete(one)
        _columns(db.session.query(SqlaTable).filter(SqlaTable.is_managed_externally))
        db.session.commit()


def _columns(datasets: Iterable[Any]) -> None:
    """Columns and what they mean stand in the warehouses; a mart that is not released yet has none."""
    from superset.sql.parse import Table

    for dataset in datasets:
        if dataset.database.has_table(Table(dataset.table_name, dataset.schema)):
            dataset.fetch_metadata()


if __name__ == "__main__":
    initialise()
