"""What Superset reads as its configuration: the profile → its own names. Read by `superset`, never imported by us."""

from typing import Any

from sqlalchemy.engine import URL

from lake_layout.profile import profile
from lake_layout.sections import ClickHouse, Postgres

_settings = profile()

SECRET_KEY = _settings.superset.secret_key.get_secret_value()
SQLALCHEMY_DATABASE_URI = _settings.postgres_dsn(_settings.postgres.superset_database)
APP_NAME = "Fitness lakehouse"
# Cookies know no ports: another program of this machine would write over one with a common name.
SESSION_COOKIE_NAME = "superset_session"

ENABLE_CORS = False
# The browser talks to this server and to nobody else: Superset's pages would ask another to count who looks at them.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}


def DB_CONNECTION_MUTATOR(
    url: URL, options: dict[str, Any], _user: str, _security: object, _source: object
) -> tuple[URL, dict[str, Any]]:
    """The two databases of `assets/` are those of the profile, as the reader; passwords are kept nowhere else."""
    warehouses: dict[str, ClickHouse | Postgres] = {
        "clickhouse.lake": _settings.clickhouse,
        "postgres.lake": _settings.postgres,
    }
    if found := warehouses.get(url.host or ""):
        password = found.reader_password.get_secret_value()
        url = url.set(username=found.reader_user, password=password, host=found.host, port=found.port)
    return url, options
