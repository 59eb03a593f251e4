"""An S3 server that keeps its objects as files under `<home>/s3`, for the profile with the lake on S3.

s3proxy.conf (private: keys) → s3proxy → the bucket is created. It knows no versioning, encryption or lifecycle.
"""

from pathlib import Path
from typing import Any

from lake_layout.profile import HOST, profile
from local_stack import jars
from local_stack.service import NotReady, Service, write_private


def service() -> Service:
    return Service(
        name="s3",
        command=_command,
        ports={"s3.port": profile().s3.port},
        prepare=prepare,
        check=check,
        initialise=create_bucket,
    )


def _folder() -> Path:
    return profile().home / "s3"


def _command() -> list[str]:
    logging = f"-Dlogback.configurationFile={Path(__file__).with_name('s3_logback.xml')}"
    main = ["org.gaul.s3proxy.Main", "--properties", str(_folder() / "s3proxy.conf")]
    return ["java", "-Xmx384m", "-XX:+UseSerialGC", logging, "-cp", jars.class_path("s3"), *main]


def prepare() -> None:
    settings = profile().s3
    (_folder() / "objects").mkdir(parents=True, exist_ok=True)
    values = {
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": settings.access_key,
        "s3proxy.credential": settings.secret_key.get_secret_value(),
        "s3proxy.endpoint": f"http://{HOST}:{settings.port}",
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": _folder() / "objects",
    }
    write_private(_folder() / "s3proxy.conf", "".join(f"{key}={value}\n" for key, value in values.items()))


def _client() -> Any:
    import boto3
    from botocore.config import Config

    settings = profile().s3
    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key.get_secret_value(),
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, proxies={}),
    )


def check() -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        _client().list_buckets()
    except (BotoCoreError, ClientError) as error:
        raise NotReady(str(error)) from error


def create_bucket() -> None:
    """Create the bucket unless it is there."""
    client, bucket = _client(), profile().s3.bucket
    if bucket not in {found["Name"] for found in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=bucket)
