"""Makes what every home has of its own, passwords above all: `<home>/profile.env`, readable by its owner only.

Passwords that exist are kept, so that it may run at every start. Alone: `python -m local_stack.passwords`.
"""

import base64
import secrets
from datetime import UTC, datetime, time, timedelta

from lake_layout.profile import Profile, profile
from local_stack.service import write_private


def ensure_passwords() -> None:
    """Append what `profile()` lacks to `profile.env`, and that there is a search, for shells that do not say so."""
    settings = profile()
    missing = missing_values(settings)
    if settings.search.enabled and "LAKE_SEARCH__ENABLED=" not in _remembered():
        missing["LAKE_SEARCH__ENABLED"] = "true"
    if missing:
        remember(missing)


def remember(values: dict[str, str]) -> None:
    """Append variables to `profile.env`, then let this process read it anew."""
    lines = [f"{name}={value}" for name, value in values.items()]
    write_private(profile().home / "profile.env", "\n".join([*_remembered().splitlines(), *lines]) + "\n")
    profile.cache_clear()


def _remembered() -> str:
    path = profile().home / "profile.env"
    return path.read_text() if path.exists() else ""


def missing_values(settings: Profile) -> dict[str, str]:
    """Variables that the profile must have and has not → new values for them."""
    made = {
        "LAKE_SPARK__TOKEN": (settings.spark.token, _password),
        "LAKE_KAFKA__PASSWORD": (settings.kafka.password, _password),
        "LAKE_POSTGRES__PASSWORD": (settings.postgres.password, _password),
        "LAKE_POSTGRES__READER_PASSWORD": (settings.postgres.reader_password, _password),
        "LAKE_CLICKHOUSE__PASSWORD": (settings.clickhouse.password, _password),
        "LAKE_CLICKHOUSE__READER_PASSWORD": (settings.clickhouse.reader_password, _password),
        "LAKE_SEARCH__PASSWORD": (settings.search.password, _password),
        "LAKE_SEARCH__READER_PASSWORD": (settings.search.reader_password, _password),
        "LAKE_AIRFLOW__PASSWORD": (settings.airflow.password, _password),
        "LAKE_AIRFLOW__JWT_SECRET": (settings.airflow.jwt_secret, _password),
        "LAKE_AIRFLOW__FERNET_KEY": (settings.airflow.fernet_key, _fernet_key),
        "LAKE_SUPERSET__PASSWORD": (settings.superset.password, _password),
        "LAKE_SUPERSET__SECRET_KEY": (settings.superset.secret_key, _password),
        "LAKE_S3__SECRET_KEY": (settings.s3.secret_key, _password),
        "LAKE_LAKE__EXPORT_SECRET": (settings.lake.export_secret, _password),
    }
    if settings.spark.master.startswith("spark:"):
        made["LAKE_SPARK__SECRET"] = (settings.spark.secret, _password)
    missing = {name: make() for name, (value, make) in made.items() if not value.get_secret_value()}
    if not settings.airflow.schedules_from:
        # A new stack does not run what was due before it existed, nor a schedule into its first hours.
        midnight = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(), UTC)
        missing["LAKE_AIRFLOW__SCHEDULES_FROM"] = midnight.isoformat()
    # A home made with shifted ports or its lake on S3 keeps them, also for a shell that forgets to say so.
    kept: dict[str, str] = {}
    if missing and not (settings.home / "profile.env").exists():
        if settings.port_offset:
            kept["LAKE_PORT_OFFSET"] = str(settings.port_offset)
        if settings.s3.enabled:
            kept["LAKE_S3__ENABLED"] = "true"
    # First, because a file that was cut short still has its first lines.
    return kept | missing


def _password() -> str:
    """Only letters, digits, `-` and `_`: safe in URIs, property files and shells."""
    return secrets.token_urlsafe(24)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


if __name__ == "__main__":
    ensure_passwords()
