"""How to connect to everything: the profile as nested keys for programs, or as variables for a shell."""

import json
import shlex
from collections.abc import Iterator

from lake_layout.profile import profile
from lake_layout.sections import Airflow, ClickHouse, Search, Superset


def connections() -> dict[str, dict[str, str]]:
    """Addresses, users and passwords; for the eyes of the owner of this home."""
    settings = profile()
    warehouse = settings.postgres.warehouse_database
    return {
        "lake": {"root": settings.lake.root, "inbox": settings.lake.inbox, "home": str(settings.home)},
        "spark": {"remote": settings.spark_remote},
        "kafka": {
            "bootstrap": settings.kafka.bootstrap,
            "user": settings.kafka.user,
            "password": settings.kafka.password.get_secret_value(),
            "security_protocol": settings.kafka.security_protocol,
            "sasl_mechanism": "PLAIN",
        },
        "clickhouse": {
            "url": settings.clickhouse_url,
            "host": settings.clickhouse.host,
            "port": str(settings.clickhouse.port),
            "user": settings.clickhouse.user,
            "password": settings.clickhouse.password.get_secret_value(),
            **_reader(settings.clickhouse),
        },
        "postgres": {
            "dsn": settings.postgres_dsn(warehouse),
            "reader_dsn": settings.postgres_dsn(warehouse, reader=True),
        },
        "search": {"url": settings.search.url, "alias": settings.search.alias, **_reader(settings.search)},
        "airflow": _login(settings.airflow_url, settings.airflow),
        "superset": _login(settings.superset_url, settings.superset),
        "s3": {
            "endpoint": settings.s3.endpoint,
            "access_key": settings.s3.access_key,
            "secret_key": settings.s3.secret_key.get_secret_value(),
            "bucket": settings.s3.bucket,
        },
    }


def _reader(of: ClickHouse | Search) -> dict[str, str]:
    return {"reader_user": of.reader_user, "reader_password": of.reader_password.get_secret_value()}


def _login(url: str, of: Airflow | Superset) -> dict[str, str]:
    return {"url": url, "user": of.user, "password": of.password.get_secret_value()}


def as_json() -> str:
    return json.dumps(connections(), indent=2)


def as_shell() -> str:
    """`export SPARK_REMOTE=…` and the like: two-word names, the section and the key."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in _variables())


def _variables() -> Iterator[tuple[str, str]]:
    for section, values in connections().items():
        for key, value in values.items():
            yield f"{section}_{key}".upper(), value
