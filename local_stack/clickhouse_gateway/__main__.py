"""`python -m local_stack.clickhouse_gateway`: the gateway of this profile."""

from pathlib import Path

from lake_layout.profile import profile
from local_stack.clickhouse_gateway.server import serve
from local_stack.clickhouse_gateway.settings import Credentials, GatewaySettings, ObjectStorage


def settings() -> GatewaySettings:
    """What the profile says about ClickHouse; the keys of an S3 lake become the named collection `lake`."""
    lake, clickhouse, s3 = profile(), profile().clickhouse, profile().s3
    storage = None
    if lake.lake.is_on_s3:
        storage = ObjectStorage("lake", f"{s3.endpoint}/{s3.bucket}/", s3.access_key, s3.secret_key.get_secret_value())
    return GatewaySettings(
        host=clickhouse.host,
        port=clickhouse.port,
        data=clickhouse.data,
        working_directory=_folder_of(lake.lake.root, lake.home),
        owner=Credentials(clickhouse.user, clickhouse.password.get_secret_value()),
        reader=Credentials(clickhouse.reader_user, clickhouse.reader_password.get_secret_value()),
        object_storage=storage,
    )


def _folder_of(root: str, home: Path) -> Path:
    """A local lake must lie under the working directory for `deltaLakeLocal` to read it."""
    folder = Path(root.removeprefix("file:")) if root.startswith("file:") else home
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    serve(settings())
