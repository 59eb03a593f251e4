"""Files of the simulator reach the inbox of a lake on disk and on S3."""

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from lake_layout.profile import profile
from local_stack.simulator import inbox


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def variables(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        profile.cache_clear()

    yield variables
    monkeypatch.undo()
    profile.cache_clear()


def test_a_file_arrives_whole_in_a_folder(tmp_path: Path, use: Callable[..., None]) -> None:
    use(LAKE_HOME=str(tmp_path), LAKE_LAKE__INBOX=f"file:{tmp_path}/inbox")
    inbox.put("weather/daily_observations/2025-03-24.csv", b"old")
    inbox.put("weather/daily_observations/2025-03-24.csv", b"location,date\n")
    found = [path for path in (tmp_path / "inbox").rglob("*") if path.is_file()]
    assert [(path.name, path.read_bytes()) for path in found] == [("2025-03-24.csv", b"location,date\n")]


def test_a_file_arrives_below_the_prefix_of_a_bucket(tmp_path: Path, use: Callable[..., None]) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        use(LAKE_HOME=str(tmp_path), LAKE_S3__ENDPOINT=endpoint, LAKE_S3__SECRET_KEY="secret")
        use(LAKE_LAKE__INBOX="s3a://lake/inbox")
        keys = {"aws_access_key_id": "lake", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        bucket = boto3.client("s3", endpoint_url=endpoint, **keys)
        bucket.create_bucket(Bucket="lake")
        inbox.put("market/daily_prices/2025-03-24.csv", b"symbol,date\n")
        stored = bucket.get_object(Bucket="lake", Key="inbox/market/daily_prices/2025-03-24.csv")
        assert stored["Body"].read() == b"symbol,date\n"
    finally:
        server.stop()
