"""The two identities of the gateway, and the check of a user name and password."""

import hashlib
import hmac
from enum import Enum

from local_stack.clickhouse_gateway.errors import AUTHENTICATION_FAILED, REQUIRED_PASSWORD, ClickHouseError
from local_stack.clickhouse_gateway.settings import GatewaySettings


class Identity(Enum):
    OWNER = "owner"
    READER = "reader"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class Identities:
    """Compares digests of equal length, all of them every time, so that the time taken tells nothing."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._known = [
            (identity, _digest(credentials.user), _digest(credentials.password))
            for identity, credentials in ((Identity.OWNER, settings.owner), (Identity.READER, settings.reader))
        ]

    def identify(self, user: str, password: str) -> Identity:
        """Raises ClickHouseError: not a known user with its password."""
        if not user:
            raise ClickHouseError(REQUIRED_PASSWORD, "Authentication failed: send a user name and a password.")
        given_user, given_password = _digest(user), _digest(password)
        found = None
        for identity, known_user, known_password in self._known:
            is_user = hmac.compare_digest(given_user, known_user)
            is_password = hmac.compare_digest(given_password, known_password)
            if is_user & is_password:
                found = identity
        if found is None:
            raise ClickHouseError(
                AUTHENTICATION_FAILED,
                f"{user}: Authentication failed: password is incorrect, or there is no user with such name.",
            )
        return found
