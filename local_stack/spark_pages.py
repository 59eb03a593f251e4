"""Web pages of Spark's programs: they answer whoever signs, and end nothing."""

import base64
import json
from typing import Any

import jwt

from lake_layout.profile import profile
from lake_layout.sections import HOST
from local_stack import loopback

_FILTER = "org.apache.spark.ui.JWSFilter"


def settings() -> dict[str, object]:
    """What a program must be told so that its pages do."""
    key = base64.urlsafe_b64encode(profile().spark_ui_key).decode()
    return {
        "spark.ui.killEnabled": "false",
        "spark.ui.filters": _FILTER,
        f"spark.{_FILTER}.param.secretKey": key,
    }


def ask(port: int, path: str) -> Any:
    """The JSON of a page.

    Raises NotReady: it does not answer.
    """
    token = jwt.encode({}, profile().spark_ui_key, algorithm="HS256")
    return json.loads(loopback.get(f"http://{HOST}:{port}/{path}", {"Authorization": f"Bearer {token}"}))
