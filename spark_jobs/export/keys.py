"""Keys of partners, `<lake>/ops/api_keys`: who may fetch exports. The lake keeps digests, so nobody reads a key there.

A key is random and long, so one round of SHA-256 is enough: there is no list of likely ones to try.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from lake_layout import names
from spark_jobs import event_log
from spark_jobs.release import log

_NAME = "api_keys"
_SCHEMA = pa.schema(
    [("partner", pa.string()), ("digest", pa.string()), ("is_revoked", pa.bool_()), ("at", pa.timestamp("us", "UTC"))]
)


@dataclass(frozen=True)
class Partner:
    name: str
    since: datetime


def make(partner: str) -> str:
    """A new key for a partner, told this once; the partner's other keys stay good.

    Raises ValueError: the partner's name is none.
    """
    names.column_name(partner)
    key = f"lake_{secrets.token_urlsafe(32)}"
    _append(partner, _digest(key), is_revoked=False)
    return key


def revoke(partner: str) -> None:
    """From now on no key of the partner is good.

    Raises LookupError: the partner has none.
    """
    if partner not in {one.name for one in partners()}:
        raise LookupError(f"{partner} has no key: `lake api keys` lists those who have")
    _append(partner, "", is_revoked=True)


def partners() -> list[Partner]:
    """Those whose keys are good, in order of names, since when."""
    since = {row["partner"]: row["at"] for row in reversed(_good())}
    return [Partner(name, at) for name, at in sorted(since.items())]


def owner(key: str) -> str | None:
    """The partner whose key it is; None for a key that is not good."""
    wanted = _digest(key)
    return next((row["partner"] for row in _good() if secrets.compare_digest(row["digest"], wanted)), None)


def _good() -> list[event_log.Row]:
    """The keys made after their partner was last revoked."""
    found: list[event_log.Row] = []
    for row in event_log.read(_NAME):
        if row["is_revoked"]:
            found = [one for one in found if one["partner"] != row["partner"]]
        else:
            found.append(row)
    return found


def _append(partner: str, digest: str, *, is_revoked: bool) -> None:
    row = {"partner": partner, "digest": digest, "is_revoked": is_revoked, "at": log.now()}
    event_log.append(_NAME, _SCHEMA, lambda _rows: row)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
