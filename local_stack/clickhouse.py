"""ClickHouse in one process behind its HTTP interface (`local_stack.clickhouse_gateway`)."""

import sys

from lake_layout.profile import profile
from local_stack import loopback
from local_stack.service import NotReady, Service


def service() -> Service:
    return Service(
        name="clickhouse",
        command=lambda: [sys.executable, "-m", "local_stack.clickhouse_gateway"],
        ports={"clickhouse.port": profile().clickhouse.port},
        needs=("s3",) if profile().s3.enabled else (),
        check=check,
    )


def check() -> None:
    settings = profile().clickhouse
    user = {
        "X-ClickHouse-User": settings.user,
        "X-ClickHouse-Key": settings.password.get_secret_value(),
    }
    if loopback.get(f"{profile().clickhouse_url}/?query=SELECT+1", user).strip() != b"1":
        raise NotReady("it answers, but not to SELECT 1")
