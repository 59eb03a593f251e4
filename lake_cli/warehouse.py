"""What dbt needs to reach the warehouses: profile → `profiles.yml` for analysts, another for the scheduler.

`dbt_project/profiles.yml` holds targets that build into the analyst's own schema; only
`<home>/dbt/profiles.yml`, which the scheduler uses, holds those of what readers see.
"""

import getpass
import re

import yaml

from lake_layout.profile import REPOSITORY, home, profile
from local_stack.service import write_private

PROJECT = REPOSITORY / "dbt_project"
# Build the next release; describe what is released.
OF_RELEASES = ("production", "released")
_THREADS = 2


def write_dbt_profiles() -> None:
    """Write both files, 0600. The analyst's one belongs to the repository's own home: another home keeps its own."""
    settings = profile()
    analyst = {"fitness": {"target": "clickhouse", "outputs": _outputs(f"dev_{_analyst()}")}}
    outputs = _outputs("staging_next")
    ours = {f"{name}_{purpose}": outputs[name] for purpose in OF_RELEASES for name in outputs}
    scheduler = {"fitness": {"target": f"clickhouse_{OF_RELEASES[0]}", "outputs": ours}}
    write_private(settings.home / "dbt" / "profiles.yml", yaml.safe_dump(scheduler, sort_keys=False))
    own = PROJECT if home() == REPOSITORY / ".lake" else settings.home / "dbt" / "analyst"
    write_private(own / "profiles.yml", yaml.safe_dump(analyst, sort_keys=False))


def _analyst() -> str:
    return re.sub(r"[^a-z0-9_]", "_", getpass.getuser().lower())


def _outputs(schema: str) -> dict[str, dict[str, object]]:
    postgres, clickhouse, timeouts = profile().postgres, profile().clickhouse, profile().timeouts
    return {
        "clickhouse": {
            "type": "clickhouse",
            "driver": "http",
            "host": clickhouse.host,
            "port": clickhouse.port,
            "user": clickhouse.user,
            "password": clickhouse.password.get_secret_value(),
            "schema": schema,
            "threads": _THREADS,
            "connect_timeout": timeouts.connect,
            "send_receive_timeout": timeouts.sql_statement,
            # Without it a LEFT JOIN fills what it does not find with zeros and empty texts.
            "custom_settings": {"join_use_nulls": 1},
        },
        "postgres": {
            "type": "postgres",
            "host": postgres.host,
            "port": postgres.port,
            "user": postgres.user,
            "password": postgres.password.get_secret_value(),
            "dbname": postgres.warehouse_database,
            "schema": schema,
            "threads": _THREADS,
            "connect_timeout": timeouts.connect,
        },
    }
